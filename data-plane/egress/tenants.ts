import { LRUCache } from 'lru-cache'
import { Pool, type buildConnector, type Dispatcher } from 'undici'
import { EgressError } from './errors.ts'
import type { EgressLimits } from './limits.ts'

/** The right to make one request. */
export interface Lease {
  /** The tenant's own connections to this origin. */
  pool: (origin: string) => Dispatcher
  /** To be called once, when nothing of the request is left. */
  release: () => void
}

export interface Tenants {
  /** @throws {EgressError} `too_many_requests` */
  acquire: (tenant: string) => Lease
  /** Cuts every connection off. */
  close: () => Promise<void>
}

/** A server may ask for less. It may not ask for more: idle connections cost a file descriptor each. */
const keepAliveMs = 4_000

/**
 * Connections are kept for each tenant apart: nothing that one left on a connection (TLS sessions, authentication schemes that bind to the
 * connection, a server's half-sent answer) can meet another. The ones used longest ago are closed first, after what runs on them.
 * @param createConnector called once for each tenant, since TLS sessions are kept in the connector
 */
export function createTenants (limits: EgressLimits, createConnector: () => buildConnector.connector): Tenants {
  const running = new Map<string, number>()
  let total = 0
  const open = new Set<Pool>()
  const createPools = (): TenantPools => {
    const connect = createConnector()
    return new LRUCache<string, Pool>({
      max: limits.maxOrigins,
      dispose: pool => void pool.close().finally(() => open.delete(pool)),
      memoMethod: origin => {
        const pool = new Pool(origin, {
          connect, allowH2: false, pipelining: 1, keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: keepAliveMs, maxHeaderSize: limits.maxHeaderBytes
        })
        open.add(pool)
        return pool
      }
    })
  }
  const tenants = new LRUCache<string, TenantPools>({ max: limits.maxTenants, dispose: pools => pools.clear(), memoMethod: createPools })

  return {
    acquire: tenant => {
      const count = running.get(tenant) ?? 0
      if (count >= limits.maxConcurrent) {
        throw new EgressError('too_many_requests', `more than ${limits.maxConcurrent} outbound requests at the same time`)
      }
      if (total >= limits.maxConcurrentTotal) throw new EgressError('too_many_requests', 'too many outbound requests at the same time')
      total++
      running.set(tenant, count + 1)
      return {
        pool: origin => tenants.memo(tenant).memo(origin),
        release: () => {
          total--
          const left = running.get(tenant)! - 1
          if (left === 0) running.delete(tenant)
          else running.set(tenant, left)
        }
      }
    },
    close: async () => {
      tenants.clear()
      await Promise.all([...open].map(pool => pool.destroy()))
    }
  }
}

type TenantPools = LRUCache<string, Pool>
