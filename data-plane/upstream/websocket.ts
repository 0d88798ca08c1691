import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Cancelable } from '../cancelable.ts'
import { cutOff } from '../edge/cut-off.ts'
import { refuse } from '../edge/errors.ts'
import { names, upgradeOf, type Upgrade } from '../edge/upgrades.ts'
import { note } from '../explain/note.ts'
import { finishFields } from '../policies/answer-head.ts'
import { WrongAnswer } from './failure.ts'
import { Forwarding, type ForwardingOptions } from './forwarding.ts'
import { answerHeaders } from './headers.ts'
import type { EdgeReply } from '../edge/reply.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** RFC 6455, section 4.2.1. @returns whether the handshake is one that can be handed on; it has been refused otherwise */
export function checkHandshake (request: EdgeRequest, reply: EdgeReply): boolean {
  const { raw: { headers }, exchange: { environment } } = request
  const key = headers['sec-websocket-key']
  if (headers['sec-websocket-version'] !== '13') {
    refuse(request, reply, 'websocket_version_unsupported', { headers: { 'sec-websocket-version': '13', upgrade: 'websocket' } })
  } else if (key === undefined || Buffer.from(key, 'base64').length !== 16 || key.length !== 24) {
    refuse(request, reply, 'malformed_request', { detail: 'A WebSocket needs a Sec-WebSocket-Key of 16 bytes.' })
  } else if (headers['transfer-encoding'] !== undefined || (headers['content-length'] !== undefined && headers['content-length'] !== '0')) {
    refuse(request, reply, 'malformed_request', { detail: 'A request for a WebSocket has no body.' })
  } else if (isForeign(headers.origin, environment!.cors?.origins ?? null)) {
    refuse(request, reply, 'origin_denied')
  } else {
    return true
  }
  return false
}

/** Browsers ask nobody before they open one from another origin, so that it has to be looked at here. */
function isForeign (origin: string | undefined, allowed: ReadonlySet<string> | null): boolean {
  return origin !== undefined && allowed !== null && !allowed.has(origin)
}

/** A request for a WebSocket on its way to an upstream. Bytes go on after a handshake that is whole, and no sooner; any other answer is an answer. */
export class WebSocketForwarding extends Forwarding {
  readonly #options: ForwardingOptions
  readonly #upgrade: Upgrade
  readonly #accept: string
  readonly #offered: string | undefined

  constructor (options: ForwardingOptions) {
    const { raw } = options.request
    // Before its headers become those of the upstream.
    const upgrade = upgradeOf(raw)!
    const { 'sec-websocket-key': key, 'sec-websocket-protocol': offered } = raw.headers
    super({ ...options, upgrade: 'websocket' })
    this.#options = options
    this.#upgrade = upgrade
    this.#accept = hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64')
    this.#offered = offered
  }

  onRequestUpgrade (_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    socket.on('error', () => undefined)
    if (this.isOver || !this.#isAccepted(status, headers)) {
      socket.destroy()
      if (!this.isOver) this.fail(new WrongAnswer('its answer to the handshake of the WebSocket is not valid'))
      return
    }
    const { request, reply, service } = this.#options
    const { exchange } = request
    this.judge(status, null)
    if (exchange.revokedBy !== null) {
      socket.destroy()
      return this.refuse(exchange.revokedBy, new Error('the key was revoked'))
    }
    this.settle()
    exchange.functionMs = performance.now() - this.startedAt
    exchange.isUpgraded = true
    note(exchange, 'upstream', 'answered')
    reply.removeHeader('connection')
    const fields = answerHeaders(reply, headers, { status, corsDecided: exchange.environment!.cors !== null })
    finishFields(request, status, fields)
    reply.raw.writeHead(status, [...fields, 'connection', 'Upgrade', 'upgrade', 'websocket'])
    reply.raw.flushHeaders()
    const { state: target } = this.target
    target.running++
    service.state.tunnels++
    exchange.running = join(this.#upgrade, socket, {
      idleMs: service.timeouts.idleMs,
      onBytes: bytes => { exchange.bodyBytes += bytes },
      onIdle: () => cutOff(request, reply, 'upstream_timeout'),
      onEnd: () => {
        target.running--
        service.state.tunnels--
      }
    })
  }

  /** RFC 6455, section 4.1: what a client has to look at is looked at here as well, or an upstream could have the gateway pass on what is no WebSocket. */
  #isAccepted (status: number, headers: IncomingHttpHeaders): boolean {
    const protocol = headers['sec-websocket-protocol']
    return status === 101 && String(headers.upgrade).toLowerCase() === 'websocket' && names(headers.connection, 'upgrade') &&
      headers['sec-websocket-accept'] === this.#accept && (protocol === undefined || names(this.#offered, protocol.toLowerCase()))
  }
}

interface JoinOptions {
  idleMs: number
  /** From the upstream to the client. */
  onBytes: (bytes: number) => void
  onIdle: () => void
  /** Once, when both are closed. */
  onEnd: () => void
}

/** Bytes both ways, as fast as they are read. */
function join ({ socket: client, head }: Upgrade, upstream: Duplex, { idleMs, onBytes, onIdle, onEnd }: JoinOptions): Cancelable {
  // Before anybody listens, or it would be gone before the pipe is there.
  if (head.length > 0) client.unshift(head)
  const idle = setTimeout(onIdle, idleMs)
  const end = (): void => {
    clearTimeout(idle)
    upstream.destroy()
  }
  upstream.on('data', (chunk: Buffer) => onBytes(chunk.length))
  for (const side of [client, upstream]) side.on('data', () => idle.refresh())
  // Whoever closes is heard by the other; whoever breaks off breaks both off.
  upstream.once('close', () => {
    clearTimeout(idle)
    client.destroySoon()
    onEnd()
  })
  client.once('close', end)
  client.pipe(upstream)
  upstream.pipe(client)
  return { cancel: end }
}
