import type { Logger } from '#shared/log.ts'
import { syncAside } from './generations.ts'
import { enoughPages } from './write-ahead-log.ts'
import type { ReplicaWriter } from './writer.ts'

/** Keeps the log of the replica short, without a change having to wait for that. */
export interface WriteBack {
  /** Something was committed, and whoever has to know has been told. */
  changed: () => void
  /** What is under way has ended. */
  close: () => Promise<void>
}

export interface WriteBackOptions {
  file: string
  writer: Pick<ReplicaWriter, 'loggedPages' | 'writeBack'>
  /** The disk has enough to do, and a reader that is at work keeps the log from beginning anew. */
  isBusy: () => boolean
  logger: Logger
}

/**
 * SQLite writes its log back within the commit that makes it long enough, and so a change in a few hundred would be told to the workers only when the
 * disk has been waited for twice. Here it is told first. For the log, which is the larger part, the disk is then waited for beside this thread.
 */
export function keepWrittenBack ({ file, writer, isBusy, logger }: WriteBackOptions): WriteBack {
  /** What could not be written back, above all since somebody reads what stood there before: it is no reason to try again. */
  let left = 0
  let running: Promise<void> | null = null
  let isClosed = false

  const attempt = async (pages: number): Promise<void> => {
    try {
      await syncAside(`${file}-wal`)
      if (!isClosed) left = writer.writeBack() ?? left
    } catch (err) {
      // A full disk, or another generation has taken its place meanwhile. At the latest a commit does it, or says what is wrong.
      logger.debug({ err }, 'the log of the replica could not be written back')
      left = pages
    }
  }
  return {
    changed: () => {
      if (running !== null || isClosed || isBusy()) return
      const pages = writer.loggedPages()
      left = Math.min(left, pages)
      if (pages - left >= enoughPages) running = attempt(pages).finally(() => { running = null })
    },
    close: async () => {
      isClosed = true
      await running
    }
  }
}
