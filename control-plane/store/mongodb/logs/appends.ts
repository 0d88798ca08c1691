import type { EnvironmentRef } from '../../store.ts'
import { ignoreAbsence } from '../errors.ts'
import { headId } from './append.ts'
import type { LogCollections, StoredHead } from './collections.ts'

/** Tells of lines that have come: to this process at once, to others as it is learnt of. */
export interface Appends {
  /** Lines have come to this process. */
  made: (heads: readonly StoredHead[]) => void
  onAppend: (environment: EnvironmentRef, listener: () => void) => () => void
  close: () => Promise<void>
}

type HeadPlace = Pick<StoredHead, '_id' | 'birth' | 'last'>

interface Watched {
  listeners: Set<() => void>
  /** Birth and number of the last line that they were told of; `null`: not known yet. */
  seen: string | null
}

/** The environments that somebody listens to are looked at again and again, all in one query. */
export function createAppends (findHeads: (ids: string[]) => Promise<HeadPlace[]>, pollMs: number): Appends {
  const watched = new Map<string, Watched>()
  let poll: NodeJS.Timeout | null = null
  let looking: Promise<void> | null = null

  const tell = (own: Watched, place: string): void => {
    if (own.seen === place) return
    own.seen = place
    for (const listener of own.listeners) queueMicrotask(listener)
  }
  const find = async (): Promise<void> => {
    const ids = [...watched.keys()]
    const heads = await findHeads(ids)
    const places = new Map(heads.map(head => [head._id, placeOf(head)]))
    for (const id of ids) {
      const own = watched.get(id)
      // What has no line yet has nothing to tell, and what has some may have got them since the listener looked for the last time.
      if (own !== undefined) tell(own, places.get(id) ?? own.seen ?? nothing)
    }
  }
  const look = (): void => { looking ??= find().catch(ignoreAbsence).finally(() => { looking = null }) }
  const end = (): void => {
    if (poll !== null) clearInterval(poll)
    poll = null
  }
  return {
    made: heads => {
      for (const head of heads) {
        const own = watched.get(head._id)
        if (own !== undefined) tell(own, placeOf(head))
      }
    },
    onAppend: (environment, listener) => {
      const id = headId(environment)
      const own = watched.get(id) ?? { listeners: new Set(), seen: null }
      const call = (): void => listener()
      watched.set(id, own)
      own.listeners.add(call)
      poll ??= setInterval(look, pollMs).unref()
      return () => {
        own.listeners.delete(call)
        if (own.listeners.size === 0 && watched.get(id) === own) watched.delete(id)
        if (watched.size === 0) end()
      }
    },
    close: async () => {
      watched.clear()
      end()
      await looking
    }
  }
}

/** Where the lines of environments have come to. */
export async function findPlaces ({ logUsage }: LogCollections, ids: string[]): Promise<HeadPlace[]> {
  return await logUsage.find({ _id: { $in: ids } }, { projection: { birth: 1, last: 1 } }).toArray()
}

const nothing = ''

function placeOf ({ birth, last }: HeadPlace): string {
  return `${birth}-${last}`
}
