import type { AddressGuard } from './addresses.ts'
import { createConnector } from './connector.ts'
import type { Lookup } from './dns.ts'
import { EgressError } from './errors.ts'
import { defaultLimits, tighten, type EgressLimits } from './limits.ts'
import { readRequest, type EgressRequestHead, type HeaderPair } from './request.ts'
import { Run } from './run.ts'
import { createTenants } from './tenants.ts'

export interface EgressRequest extends EgressRequestHead {
  /** Read once, as fast as the server takes it. */
  content: AsyncIterable<Uint8Array> | null
}

export interface EgressResponse {
  status: number
  statusText: string
  /** The last one of the redirects, without its fragment. */
  url: string
  redirected: boolean
  /** Lower-case names. Those of the connection and of codings that were taken off are not among them. */
  headers: HeaderPair[]
  /** `null` where the response cannot have one. Reading it fails with an `EgressError`; what is not read is not fetched. */
  body: AsyncIterableIterator<Buffer> | null
}

export interface Egress {
  /** @throws {EgressError} */
  fetch: (request: EgressRequest, signal?: AbortSignal) => Promise<EgressResponse>
  /** Cuts off whatever runs. */
  close: () => Promise<void>
}

export interface EgressOptions {
  guard: AddressGuard
  lookup: Lookup
  limits?: Partial<EgressLimits>
  /** Certificates (PEM) that are trusted instead of the usual ones. */
  ca?: string[]
}

/** Outbound requests on behalf of code that nobody trusts, to servers that nobody trusts. */
export function createEgress ({ guard, lookup, limits: given = {}, ca }: EgressOptions): Egress {
  const limits = { ...defaultLimits, ...given }
  const tenants = createTenants(limits, () => createConnector({ guard, lookup, timeoutMs: limits.connectTimeoutMs, ...(ca && { ca }) }))
  const running = new Set<Run>()
  let closed = false
  return {
    fetch: async (request, signal) => {
      if (closed) throw stopping()
      const own = tighten(limits, request.limits)
      const hop = readRequest(request, guard, own)
      const run = new Run(request, guard, own, tenants.acquire(request.tenant))
      running.add(run)
      void run.closed.then(() => running.delete(run))
      return await run.start(hop, signal)
    },
    close: async () => {
      closed = true
      for (const run of running) run.stop(stopping())
      await tenants.close()
    }
  }
}

function stopping (): EgressError {
  return new EgressError('unavailable', 'outbound requests are being stopped')
}
