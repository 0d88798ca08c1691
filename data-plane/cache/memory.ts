import { isPurged, noPurges, type CachePurges } from '#shared/cache-purges.ts'
import { ChangedTargets } from './changed-targets.ts'
import { entryBytes, type Entry } from './entry.ts'

/** Of one thing that is asked for, by what it varies by. */
const maxVariants = 32

/** What stays when there is no room: looking for who holds most is not done for each answer. */
const keptPart = 0.95

/**
 * What a worker keeps of answers. All of it together is bounded, and who holds most makes room for others: a gateway that holds no more than
 * its equal part loses nothing to another one.
 */
export class CacheMemory {
  readonly #maxBytes: number
  readonly #gateways = new Map<string, Map<string, EnvironmentCache>>()
  #bytes = 0

  constructor (maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes (): number { return this.#bytes }

  has (gatewayId: string, environment: string): boolean {
    return this.#gateways.get(gatewayId)?.has(environment) === true
  }

  /** Made where there is none. */
  of (gatewayId: string, environment: string): EnvironmentCache {
    const environments = this.#gateways.get(gatewayId) ?? new Map<string, EnvironmentCache>()
    this.#gateways.set(gatewayId, environments)
    const known = environments.get(environment)
    if (known !== undefined) return known
    const made = new EnvironmentCache(bytes => { this.#bytes += bytes })
    environments.set(environment, made)
    return made
  }

  /** @param maxBytes of its environment alone */
  put (cache: EnvironmentCache, entry: Entry, maxBytes: number): void {
    cache.put(entry, Math.min(maxBytes, this.#maxBytes))
    if (this.#bytes <= this.#maxBytes) return
    const wanted = this.#maxBytes * keptPart
    while (this.#bytes > wanted) this.#makeRoom(wanted)
  }

  /** Of an environment that ended: who still has something to put puts it nowhere. */
  drop (gatewayId: string, environment: string): void {
    const environments = this.#gateways.get(gatewayId)
    environments?.get(environment)?.end()
    environments?.delete(environment)
    if (environments?.size === 0) this.#gateways.delete(gatewayId)
  }

  dropAll (): void {
    for (const [gatewayId, environments] of this.#gateways) for (const environment of environments.keys()) this.drop(gatewayId, environment)
  }

  /** Takes from who holds most, down to an equal part of what is wanted, or until that is all. */
  #makeRoom (wanted: number): void {
    const held = [...this.#gateways.values()].map(environments => [...environments.values()])
      .map(caches => ({ caches, bytes: caches.reduce((sum, { bytes }) => sum + bytes, 0) })).filter(({ bytes }) => bytes > 0)
    const part = wanted / held.length
    const greatest = held.reduce((one, other) => other.bytes > one.bytes ? other : one)
    let over = Math.min(this.#bytes - wanted, greatest.bytes - part)
    while (over > 0) {
      const largest = greatest.caches.reduce((one, other) => other.bytes > one.bytes ? other : one)
      over -= largest.removeOldest()
    }
  }
}

/** Of one environment. What was used longest ago is the first to go. */
export class EnvironmentCache {
  /** In the order of their use. */
  readonly #entries = new Map<Entry, number>()
  readonly #byKey = new Map<string, Entry[]>()
  readonly #byUri = new Map<string, Set<Entry>>()
  readonly #count: (bytes: number) => void
  readonly #changed = new ChangedTargets()
  #bytes = 0
  #hasEnded = false
  /** That have been carried out here. */
  #purges: CachePurges = noPurges

  constructor (count: (bytes: number) => void) {
    this.#count = count
  }

  get bytes (): number { return this.#bytes }
  get size (): number { return this.#entries.size }
  /** So many changes of its targets so far. */
  get changes (): number { return this.#changed.count }

  /** Of these the newest that fits is the answer. */
  find (key: string): readonly Entry[] {
    return this.#byKey.get(key) ?? []
  }

  used (entry: Entry): void {
    const bytes = this.#entries.get(entry)
    if (bytes === undefined) return
    this.#entries.delete(entry)
    this.#entries.set(entry, bytes)
  }

  put (entry: Entry, maxBytes: number): void {
    const bytes = entryBytes(entry)
    // What was purged or changed while it was on its way does not come back.
    if (this.#hasEnded || bytes > maxBytes || isPurged(this.#purges, entry) || this.#changed.hasSince(entry.changes, entry.uri)) return
    const others = this.find(entry.key)
    const same = others.find(other => other.varied === entry.varied && other.vary.join() === entry.vary.join())
    if (same !== undefined) this.remove(same)
    if (others.length >= maxVariants) this.remove(others.at(-1)!)
    this.#entries.set(entry, bytes)
    this.#byKey.set(entry.key, [entry, ...this.find(entry.key)])
    const ofUri = this.#byUri.get(entry.uri) ?? new Set<Entry>()
    this.#byUri.set(entry.uri, ofUri.add(entry))
    this.#add(bytes)
    while (this.#bytes > maxBytes) this.removeOldest()
  }

  remove (entry: Entry): number {
    const bytes = this.#entries.get(entry)
    if (bytes === undefined) return 0
    this.#entries.delete(entry)
    const others = this.find(entry.key).filter(other => other !== entry)
    if (others.length === 0) this.#byKey.delete(entry.key)
    else this.#byKey.set(entry.key, others)
    const ofUri = this.#byUri.get(entry.uri)!
    ofUri.delete(entry)
    if (ofUri.size === 0) this.#byUri.delete(entry.uri)
    this.#add(-bytes)
    return bytes
  }

  removeOldest (): number {
    for (const entry of this.#entries.keys()) return this.remove(entry)
    return 0
  }

  /** It is not what it was, whoever it was kept for. */
  change (uri: string): void {
    this.#changed.add(uri)
    for (const entry of this.#byUri.get(uri) ?? []) this.remove(entry)
  }

  /** Carries out what has been purged since. */
  purge (purges: CachePurges): void {
    if (purges.last <= this.#purges.last) return
    this.#purges = purges
    for (const entry of this.#entries.keys()) if (isPurged(purges, entry)) this.remove(entry)
  }

  end (): void {
    for (const entry of this.#entries.keys()) this.remove(entry)
    this.#hasEnded = true
  }

  #add (bytes: number): void {
    this.#bytes += bytes
    this.#count(bytes)
  }
}
