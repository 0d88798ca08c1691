import { LRUCache } from 'lru-cache'
import { Pool, type Client, type Dispatcher } from 'undici'
import type { AddressGuard } from '../egress/addresses.ts'
import type { Lookup } from '../egress/dns.ts'
import { Connection } from './connection.ts'
import { createTargetConnector } from './secure.ts'
import type { UpstreamAddress } from './target.ts'

/** The connections of one environment to one origin. */
export interface UpstreamPool {
  readonly dispatcher: Dispatcher
  /** A connection for one request, which has never been used. */
  fresh: () => Dispatcher
}

export interface UpstreamPools {
  /** Made where there is none. The one that was used longest ago makes room, after what runs on it. */
  of: (address: UpstreamAddress) => UpstreamPool
  /** Cuts every connection off. */
  close: () => Promise<void>
}

export interface UpstreamPoolsOptions {
  /** Owners of gateways choose where upstreams are: what functions may not reach, those may not be. */
  guard: AddressGuard
  lookup: Lookup
  /** Certificates (PEM) that are trusted instead of the usual ones. */
  ca?: string[]
  /** For tests. */
  maxPools?: number
}

/** Each keeps what it has opened for a few seconds. */
const standardMaxPools = 512
/** Where the other side says nothing: most close after 5 s at the earliest. */
const keepAliveMs = 4_000
/** Where it says for how long. */
const maxKeepAliveMs = 30_000
/** Of an answer. */
export const maxUpstreamHeaderBytes = 16 * 1024

/**
 * Connections are kept for each environment apart: nothing that one left on a connection can meet another. The address guard is that of
 * functions' `fetch`, and looks at every connection.
 */
export function createUpstreamPools ({ guard, lookup, ca, maxPools = standardMaxPools }: UpstreamPoolsOptions): UpstreamPools {
  const open = new Set<Dispatcher>()
  const keep = <Kept extends Dispatcher> (dispatcher: Kept): Kept => {
    open.add(dispatcher)
    return dispatcher
  }
  const retire = (dispatcher: Dispatcher): void => void dispatcher.close().finally(() => open.delete(dispatcher))

  const openPool = (address: UpstreamAddress): UpstreamPool => {
    const { origin, connections: { keepAlive, protocol } } = address
    const options: Client.Options = {
      connect: createTargetConnector(address, { guard, lookup, ...(ca && { ca }) }),
      allowH2: protocol !== 'http/1.1',
      pipelining: 1,
      keepAliveTimeout: keepAlive === null ? keepAliveMs : keepAlive.idleSeconds * 1_000,
      keepAliveMaxTimeout: keepAlive === null ? maxKeepAliveMs : keepAlive.idleSeconds * 1_000,
      maxHeaderSize: maxUpstreamHeaderBytes,
      ...(keepAlive?.maxRequests !== undefined && { maxRequestsPerClient: keepAlive.maxRequests })
    }
    const dispatcher = keep(new Pool(origin, {
      ...options, connections: keepAlive?.maxConnections ?? null, factory: origin => new Connection(origin, options)
    }))
    const fresh = (): Dispatcher => {
      const connection = keep(new Connection(origin, options))
      // Not before the caller has handed its request over: closing waits for that one, and takes no other.
      queueMicrotask(() => retire(connection))
      return connection
    }
    return { dispatcher, fresh }
  }
  const pools = new LRUCache<string, UpstreamPool>({ max: maxPools, dispose: ({ dispatcher }) => retire(dispatcher) })

  return {
    of: address => {
      const known = pools.get(address.key)
      if (known !== undefined) return known
      const pool = openPool(address)
      pools.set(address.key, pool)
      return pool
    },
    close: async () => {
      await Promise.all([...open].map(dispatcher => dispatcher.destroy()))
    }
  }
}
