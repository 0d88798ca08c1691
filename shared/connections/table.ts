import type { Socket } from 'node:net'
import { createAddressMatcher, holderOf } from './addresses.ts'
import { Connection, type Holder } from './connection.ts'

export interface ConnectionLimits {
  /** Open at once in this process. */
  maxConnections: number
  /** Of them, those of one address that is no proxy. */
  maxPerAddress: number
  /** CIDRs: one of their connections is many clients'. */
  proxies: readonly string[]
}

/** When every connection is in use there is still room for so many, on which health is answered. */
export const reserveSize = 32
/** How old the order of addresses by what they hold may be: it is asked for at each connection while there is no room. */
const rankingMs = 100

/**
 * Who is connected. Whoever comes when there is no room takes the place of a connection on which nothing is asked: of its own address, where
 * that has as many as it may, else of the address that holds the most. So nobody keeps others out with connections that do nothing.
 */
export class ConnectionTable {
  readonly #limits: ConnectionLimits
  readonly #isProxy: (remoteAddress: string) => boolean
  readonly #open = new Map<Socket, Connection>()
  /** What requests of connections that are multiplexed have in the place of a socket. */
  readonly #streams = new WeakMap<Socket, Connection>()
  readonly #holders = new Map<string, Holder>()
  readonly #reserve = new Set<Connection>()
  #ranking: Holder[] = []
  #rankedAt = -Infinity
  /** Closed for others so far. */
  replaced = 0

  constructor (limits: ConnectionLimits) {
    this.#limits = limits
    this.#isProxy = createAddressMatcher(limits.proxies)
  }

  get sockets (): IterableIterator<Socket> { return this.#open.keys() }
  get connections (): IterableIterator<Connection> { return this.#open.values() }
  get size (): number { return this.#open.size }

  find (socket: Socket): Connection | undefined {
    return this.#open.get(socket) ?? this.#streams.get(socket)
  }

  /** Of the same connection; it ends with either. */
  replaceSocket (before: Socket, socket: Socket): void {
    const connection = this.#open.get(before)
    if (connection === undefined) return
    this.#open.delete(before)
    this.#open.set(socket, connection)
    connection.socket = socket
    socket.once('close', () => this.#remove(connection))
  }

  addStream (socket: Socket, stream: Socket): void {
    const connection = this.#open.get(socket)
    if (connection !== undefined) this.#streams.set(stream, connection)
  }

  /** `null`: there is no room. @param now milliseconds, of a clock that is never set */
  add (socket: Socket, remoteAddress: string, now: number): Connection | null {
    const holder = this.#holderOf(remoteAddress)
    if (!holder.isProxy && holder.connections.size >= this.#limits.maxPerAddress && !this.#replaceOne(holder.connections)) return null
    if (this.#open.size < this.#limits.maxConnections || this.#replaceAny(holder, now)) return this.#put(socket, holder, false)
    if (this.#reserve.size >= reserveSize && !this.#replaceOne(this.#reserve)) return null
    return this.#put(socket, holder, true)
  }

  /** Who holds the most, for the operator. */
  greediest (): { address: string, connections: number } | null {
    let most: Holder | null = null
    for (const holder of this.#holders.values()) if (!holder.isProxy && (most === null || holder.connections.size > most.connections.size)) most = holder
    return most === null ? null : { address: most.address, connections: most.connections.size }
  }

  #holderOf (remoteAddress: string): Holder {
    const address = holderOf(remoteAddress)
    return this.#holders.get(address) ?? { address, isProxy: this.#isProxy(remoteAddress), connections: new Set() }
  }

  #put (socket: Socket, holder: Holder, isReserve: boolean): Connection {
    const connection = new Connection(socket, holder, isReserve)
    this.#open.set(socket, connection)
    this.#holders.set(holder.address, holder)
    holder.connections.add(connection)
    if (isReserve) this.#reserve.add(connection)
    socket.once('close', () => this.#remove(connection))
    return connection
  }

  #remove (connection: Connection): void {
    const { socket, holder } = connection
    if (!this.#open.delete(socket)) return
    this.#reserve.delete(connection)
    holder.connections.delete(connection)
    if (holder.connections.size === 0) this.#holders.delete(holder.address)
  }

  /** First one that has never asked anything, then the one that has been there longest. */
  #replaceOne (connections: ReadonlySet<Connection>): boolean {
    let oldest: Connection | null = null
    for (const connection of connections) {
      if (!connection.isWaiting) continue
      oldest ??= connection
      if (connection.hasAsked) continue
      oldest = connection
      break
    }
    if (oldest === null) return false
    this.#remove(oldest)
    oldest.socket.destroy()
    this.replaced++
    return true
  }

  #replaceAny (newcomer: Holder, now: number): boolean {
    if (now - this.#rankedAt >= rankingMs) {
      this.#rankedAt = now
      this.#ranking = [...this.#holders.values()].filter(({ isProxy }) => !isProxy).sort((a, b) => a.connections.size - b.connections.size)
    }
    for (let greediest = this.#ranking.at(-1); greediest !== undefined; greediest = this.#ranking.at(-1)) {
      // It would only take from those who have less.
      if (!newcomer.isProxy && newcomer.connections.size >= greediest.connections.size) return this.#replaceOne(newcomer.connections)
      const isReplaced = this.#replaceOne(greediest.connections)
      if (!isReplaced || greediest.connections.size <= (this.#ranking.at(-2)?.connections.size ?? 0)) this.#ranking.pop()
      if (isReplaced) return true
    }
    return false
  }
}
