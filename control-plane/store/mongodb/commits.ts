import type { ChangeStream } from 'mongodb'
import type { Collections } from './collections.ts'
import { ignoreAbsence } from './errors.ts'
import { readHead } from './heads.ts'
import { patienceMs, within } from './patience.ts'

/** Tells of commits: of this process's own at once, of others' as they are learnt of. */
export interface Commits {
  /** This process has committed. */
  made: (revision: number) => void
  onCommit: (listener: () => void) => () => void
  close: () => Promise<void>
}

export interface CommitsOptions {
  collections: Pick<Collections, 'heads' | 'changes'>
  /** How often the revision is looked at while somebody listens. */
  pollMs: number
  /** Of the last commit when this began. */
  revision: number
}

/**
 * Looking at the revision finds every commit. A change stream finds them sooner, where the deployment offers one: it is opened with the first listener,
 * and when it fails the looking goes on. A database that cannot be reached has nothing to tell; the next look that succeeds finds what was missed.
 */
export function createCommits ({ collections, pollMs, revision }: CommitsOptions): Commits {
  const listeners = new Set<() => void>()
  let seen = revision
  let poll: NodeJS.Timeout | null = null
  let stream: ChangeStream | null = null
  let looking: Promise<void> | null = null

  const made = (committed: number): void => {
    if (committed <= seen) return
    seen = committed
    // A listener's fault is not the writer's: what it throws is an uncaught exception of its own.
    for (const listener of listeners) queueMicrotask(listener)
  }
  const look = (): void => {
    looking ??= within(patienceMs, readHead(collections)).then(made, ignoreAbsence).finally(() => { looking = null })
  }
  const watch = (): void => {
    stream = collections.changes.watch([{ $match: { operationType: 'insert' } }, { $project: { _id: 1, 'documentKey._id': 1 } }])
    stream.on('change', look)
    stream.on('error', () => {
      void stream?.close()
      stream = null
    })
  }
  const begin = (): void => {
    poll = setInterval(look, pollMs).unref()
    watch()
  }
  const end = async (): Promise<void> => {
    if (poll !== null) clearInterval(poll)
    poll = null
    await stream?.close()
    stream = null
  }
  return {
    made,
    onCommit: listener => {
      const own = (): void => listener()
      if (listeners.size === 0) begin()
      listeners.add(own)
      return () => {
        listeners.delete(own)
        if (listeners.size === 0) void end()
      }
    },
    close: async () => {
      listeners.clear()
      await end()
      await looking
    }
  }
}
