import type { LogLevel, RuntimeHost, WebRuntimeHandle } from '../../runtime/scope.ts'
import type { Web } from './context.ts'
import { now } from './primordials.ts'

type Host = Pick<RuntimeHost, 'loadGroup' | 'randomBytes' | 'randomUUID' | 'digest'>

/** The web-standard globals as the harness uses them. */
export interface ConnectedWeb extends Web {
  /** Milliseconds until `wake` is due; -1: nothing waits. */
  alarm: () => number
  wake: () => void
}

/**
 * Lays the lazy globals into the context. Timers need nothing of the process but one alarm, and log lines leave with the outbox, so
 * neither of them crosses the border by itself.
 */
export function connectWeb (host: Host, install: (host: RuntimeHost) => WebRuntimeHandle, log: (level: LogLevel, text: string) => void): ConnectedWeb {
  let timer = 0
  let due = -1
  const handle = install({
    loadGroup: host.loadGroup,
    randomBytes: host.randomBytes,
    randomUUID: host.randomUUID,
    digest: host.digest,
    log,
    setTimer: (id, delayMs) => {
      timer = id
      due = now() + delayMs
    },
    clearTimer: id => {
      if (id === timer) due = -1
    }
  })
  return {
    alarm: () => due === -1 ? -1 : due > now() ? due - now() : 0,
    wake: () => {
      if (due === -1 || due > now()) return
      due = -1
      if (handle.fireTimer(timer)) due = now()
    },
    createRequest: () => { throw new TypeError('Request is not there') },
    encode: () => { throw new TypeError('TextEncoder is not there') }
  }
}
