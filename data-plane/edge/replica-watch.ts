import type { Heard, HeardFile } from '../freshness.ts'
import type { HotCache } from '../hot-cache.ts'
import { ReplicaDamaged } from '../replica/errors.ts'
import { everythingChanged, type ReplicaReader } from '../replica/replica.ts'

/** Looks by itself for what the supervisor says otherwise, while another one writes. */
export interface ReplicaWatch {
  set: (isOn: boolean) => void
}

export interface ReplicaWatchOptions {
  replica: Pick<ReplicaReader, 'version' | 'revision' | 'refresh'>
  apply: HotCache['apply']
  heard: Pick<HeardFile, 'read'>
  hear: (heard: Heard) => void
}

/** A look costs some microseconds. */
const replicaMs = 20
/** No more often than it is written. */
const heardMs = 1_000

/** What has changed is not known then, so all is forgotten. */
export function createReplicaWatch ({ replica, apply, heard, hear }: ReplicaWatchOptions): ReplicaWatch {
  let timers: NodeJS.Timeout[] = []
  let seen: string | null = null
  const look = (): void => {
    const version = readVersion(replica)
    if (version === null || version === seen) return
    seen = version
    // The revision of the file that is there now.
    replica.refresh()
    apply(everythingChanged(replica.revision()))
  }
  const listen = (): void => {
    const last = heard.read()
    if (last !== null) hear(last)
  }
  return {
    set: isOn => {
      for (const timer of timers) clearInterval(timer)
      // Between the last change that was told and this there may have been one, at either end.
      seen = null
      look()
      timers = isOn ? [setInterval(look, replicaMs), setInterval(listen, heardMs)] : []
    }
  }
}

/** `null`: it is damaged. Whoever writes it puts another one in its place, which has another version. */
function readVersion (replica: Pick<ReplicaReader, 'version'>): string | null {
  try {
    return replica.version()
  } catch (error) {
    if (error instanceof ReplicaDamaged) return null
    throw error
  }
}
