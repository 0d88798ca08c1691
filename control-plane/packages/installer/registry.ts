/** What npm's libraries are told of the registry, everywhere the same. */
export interface RegistryOptions {
  /** Left out: npm's own. */
  registry?: string
  cache: string
  /** What has been asked already is not asked again. */
  packumentCache: Map<string, unknown>
  fetchRetries: number
  fetchRetryFactor: number
  fetchRetryMintimeout: number
  fetchRetryMaxtimeout: number
  timeout: number
  allowGit: 'none'
  allowRemote: 'none'
  allowFile: 'none'
  allowDirectory: 'none'
}

export function createRegistry (registry: string | null, cache: string): RegistryOptions {
  return {
    ...(registry !== null && { registry }),
    cache,
    packumentCache: new Map(),
    fetchRetries: 1,
    fetchRetryFactor: 2,
    fetchRetryMintimeout: 250,
    fetchRetryMaxtimeout: 1_000,
    timeout: 20_000,
    // A dependency of a package may name anything; only what is in the registry is fetched.
    allowGit: 'none',
    allowRemote: 'none',
    allowFile: 'none',
    allowDirectory: 'none'
  }
}
