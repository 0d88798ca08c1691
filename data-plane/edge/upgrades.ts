import { ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { Socket } from 'node:net'

/** A connection that a client wants to speak WebSocket on, from behind the head of its request. */
export interface Upgrade {
  readonly socket: Socket
  /** What has come behind the head already. */
  readonly head: Buffer
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/** Of a request that wants one; `null`: of any other. */
export function upgradeOf (request: IncomingMessage): Upgrade | null {
  return request.headers.upgrade === undefined ? null : upgrades.get(request) ?? null
}

/** RFC 9110, section 7.8: whoever knows nothing of what is asked for answers as if nothing were. */
export function wantsWebSocket ({ method, headers: { upgrade, connection }, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  return method === 'GET' && httpVersionMajor === 1 && httpVersionMinor === 1 && upgrade?.trim().toLowerCase() === 'websocket' && names(connection, 'upgrade')
}

/** Whether a list of tokens has this one. */
export function names (list: string | string[] | undefined, token: string): boolean {
  return list !== undefined && String(list).split(',').some(each => each.trim().toLowerCase() === token)
}

/**
 * Has requests for a WebSocket meet all stages like others: with a response, which what refuses them is written to. Whatever the answer, no other request
 * comes on the connection.
 */
export function takeUpgrades (server: Server): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = new ServerResponse(request)
    // Node has taken its own listeners away. What becomes of the request is decided where the connection's end is seen.
    socket.on('error', () => undefined)
    response.shouldKeepAlive = false
    response.assignSocket(socket)
    response.once('finish', () => {
      response.detachSocket(socket)
      socket.destroySoon()
    })
    upgrades.set(request, { socket, head })
    server.emit('request', request, response)
  })
}
