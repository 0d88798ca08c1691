import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { EgressLink, type ClientResponse } from './client-link.ts'
import { EgressError } from './errors.ts'
import type { EgressRequestHead } from './request.ts'

export type { ClientResponse } from './client-link.ts'

/** Outbound requests, for the trusted code of a process that has no network. */
export interface EgressClient {
  /**
   * @param content the body, where `head.body` says that there is one; read as fast as it is sent on, and ended with `return` where the rest is not wanted
   * @throws {EgressError}, or what `content` has thrown
   */
  fetch: (head: EgressRequestHead, content?: AsyncIterable<Uint8Array> | null, signal?: AbortSignal) => Promise<ClientResponse>
  /** Ends what runs. */
  close: () => void
}

/** The egress is replaced within this time when it has died. */
const connectDeadlineMs = 5_000
const retryMs = 25

/** Connects when it is first needed, and again after the connection was lost. */
export function createEgressClient (socketPath: string): EgressClient {
  let link: Promise<EgressLink> | null = null
  let isClosed = false

  const open = async (): Promise<EgressLink> => {
    for (const deadline = performance.now() + connectDeadlineMs; ;) {
      if (isClosed) throw unavailable()
      const socket = connect(socketPath)
      try {
        await once(socket, 'connect')
        return new EgressLink(socket)
      } catch (error) {
        // Nobody tells this process when there is somebody to connect to again.
        if (performance.now() > deadline) throw unavailable(error)
        await delay(retryMs)
      }
    }
  }
  const current = async (): Promise<EgressLink> => {
    const opening = link ??= open()
    try {
      const opened = await opening
      if (!opened.isClosed) return opened
    } catch (error) {
      if (link === opening) link = null
      throw error
    }
    if (link === opening) link = null
    return await current()
  }

  return {
    fetch: async (head, content = null, signal) => await (await unlessAborted(current(), signal)).fetch(head, content, signal),
    close: () => {
      isClosed = true
      void link?.then(opened => opened.close(), () => undefined)
    }
  }
}

async function unlessAborted<Value> (promise: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await promise
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(new EgressError('aborted', 'the request was aborted'))
  signal.addEventListener('abort', abort, { once: true })
  return await Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', abort))
}

function unavailable (cause?: unknown): EgressError {
  return new EgressError('unavailable', 'outbound requests are not possible at the moment', cause)
}
