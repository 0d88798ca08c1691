import type { Caller, Population } from '../clients/population.ts'
import type { Peer } from '../peers/peer.ts'

/** A proxy that has been started in front of the backend. */
export interface Proxy extends Pick<Peer, 'name' | 'version' | 'pid' | 'kindOf' | 'output' | 'close'> {
  origin: string
  /** It lets clients in by their keys, tells the backend who asks, gives each request an id, and has CORS for the origin that is allowed. */
  knowsClients: boolean
  /** Headers that each of its answers has beside those. */
  expectedHeaders: Readonly<Record<string, RegExp>>
}

/** What proxies are started with. */
export interface ProxySetting {
  /** Host and port. */
  backend: string
  /** What listens there. */
  upstream: Pick<Peer, 'version' | 'pid'>
  /** All that there are, once in short. */
  population: Population
  callers: readonly Caller[]
}

/** @throws {Unavailable} where it cannot be had on this machine */
export type StartProxy = (setting: ProxySetting) => Promise<Proxy>
