import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Exchange } from './exchange.ts'

/** A request on its way through the stages: what HTTP says of it, and what they have learnt. */
export class EdgeRequest {
  readonly raw: IncomingMessage
  readonly id: string
  readonly exchange: Exchange
  /** As it came; `null`: it has not been read, or there is none. */
  body: Buffer | null = null

  constructor (raw: IncomingMessage, id: string, exchange: Exchange) {
    this.raw = raw
    this.id = id
    this.exchange = exchange
  }

  /** Of the client; from where the request goes on, of what it is asked with. */
  get headers (): IncomingHttpHeaders {
    return this.raw.headers
  }

  get protocol (): 'http' | 'https' {
    return 'encrypted' in this.raw.socket && this.raw.socket.encrypted === true ? 'https' : 'http'
  }
}
