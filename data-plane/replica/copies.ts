import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Logger } from '#shared/log.ts'
import type { CopyOrder, CopyOutcome } from './copy-thread.ts'
import { fileIdentity, keepAsPrevious, removeReplica } from './generations.ts'
import { besideReplica } from './schema.ts'

/** Keeps the generation before the one that is served: a copy that is never much older. */
export interface ReplicaCopies {
  /** Something was committed: the copy is behind. */
  changed: () => void
  /** Makes one now. true: it is the previous generation from here on. */
  copy: () => Promise<boolean>
  isCopying: () => boolean
  /** One that is being made is given up. */
  close: () => Promise<void>
}

export interface ReplicaCopiesOptions {
  file: string
  /** The replica was looked through, and is not what was written. @param generation see `fileIdentity` */
  onDamage: (generation: string | null) => void
  logger: Logger
  firstMs?: number
  everyMs?: number
}

/** Once the start is over: what was too large to be looked through then is looked through now. */
const defaultFirstMs = 5_000
const defaultEveryMs = 60_000
/** A copy takes no more than a twentieth of the time, however large the replica is. */
const restFactor = 20

export function keepCopies ({ file, onDamage, logger, firstMs = defaultFirstMs, everyMs = defaultEveryMs }: ReplicaCopiesOptions): ReplicaCopies {
  const target = besideReplica(file, 'copy')
  let isBehind = true
  let thread: Worker | null = null
  let isClosed = false
  let running: Promise<boolean> | null = null
  let timer: NodeJS.Timeout | undefined

  const settle = (outcome: CopyOutcome, generation: string | null): boolean => {
    if (outcome.type === 'damaged') {
      logger.error({ reason: outcome.message }, 'the replica was looked through, and is damaged')
      onDamage(generation)
      return false
    }
    // Another one is served by now: what was copied is of no use to it.
    if (isClosed || fileIdentity(file) !== generation) return false
    keepAsPrevious(file, target)
    return true
  }
  const attempt = async (): Promise<boolean> => {
    const generation = fileIdentity(file)
    isBehind = false
    try {
      thread = new Worker(path.join(import.meta.dirname, 'copy-thread.ts'), { workerData: { file, copy: target } satisfies CopyOrder })
      thread.unref()
      return settle(await outcomeOf(thread), generation)
    } catch (err) {
      // Above all a full disk. The copy before is still there.
      if (!isClosed) logger.warn({ err }, 'the replica could not be copied; the copy before is kept')
      removeReplica(target)
      return false
    } finally {
      thread = null
    }
  }
  const copy = (): Promise<boolean> => running ??= attempt().finally(() => { running = null })
  const next = async (): Promise<void> => {
    const startedAt = performance.now()
    if (isBehind && !await copy()) isBehind = true
    schedule(Math.max(everyMs, restFactor * (performance.now() - startedAt)))
  }
  const schedule = (afterMs: number): void => {
    if (!isClosed) timer = setTimeout(() => void next(), afterMs).unref()
  }
  schedule(firstMs)

  return {
    changed: () => { isBehind = true },
    copy,
    isCopying: () => running !== null,
    close: async () => {
      isClosed = true
      clearTimeout(timer)
      await thread?.terminate()
      await running
    }
  }
}

function outcomeOf (thread: Worker): Promise<CopyOutcome> {
  return new Promise((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', () => reject(new Error('the thread ended without an answer')))
  })
}
