/** What one outbound request may take. Times in milliseconds, sizes in bytes. */
export interface RequestLimits {
  /** From the end of the request to the head of the response. */
  headersTimeoutMs: number
  /** Between two parts of the response's body. */
  idleTimeoutMs: number
  /** From the beginning to the last byte of the body, redirects included. */
  totalTimeoutMs: number
  maxRequestBytes: number
  /** Holds for the body as it is sent and as it is after decompression. */
  maxResponseBytes: number
  maxRedirects: number
}

export interface EgressLimits extends RequestLimits {
  /** From the look-up of the name to the end of the TLS handshake. */
  connectTimeoutMs: number
  /** Of the request's and of the response's header section, each. */
  maxHeaderBytes: number
  /** Bodies up to this size are kept until the response is there, so that a 307 or 308 can be followed. */
  maxReplayBytes: number
  /** Requests of one tenant that run at the same time. */
  maxConcurrent: number
  /** Requests of all tenants of one sandbox that run at the same time. */
  maxConcurrentTotal: number
  /** Origins to which connections of one tenant are kept. */
  maxOrigins: number
  /** Tenants for which connections are kept. */
  maxTenants: number
}

export const defaultLimits: EgressLimits = {
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  idleTimeoutMs: 30_000,
  totalTimeoutMs: 120_000,
  maxRequestBytes: 10_000_000,
  maxResponseBytes: 50_000_000,
  maxRedirects: 20,
  maxHeaderBytes: 32_000,
  maxReplayBytes: 256_000,
  maxConcurrent: 32,
  maxConcurrentTotal: 1_024,
  maxOrigins: 16,
  maxTenants: 256
}

/** A request may ask for less than the limits, never for more. */
export function tighten (limits: EgressLimits, wanted: Partial<RequestLimits> = {}): EgressLimits {
  const result = { ...limits }
  for (const name of Object.keys(wanted) as Array<keyof RequestLimits>) {
    // 0 ms would mean "no limit" to the HTTP client.
    const least = name.endsWith('Ms') ? 1 : 0
    result[name] = Math.min(limits[name], Math.max(least, wanted[name] ?? Infinity))
  }
  return result
}
