import type { Logger } from '#shared/log.ts'
import type { LogStore } from '../store/log-store.ts'

export interface Retention {
  /** Resolves when what it was doing is done. */
  close: () => Promise<void>
}

const intervalMs = 60_000

/** Forgets old lines now and every minute, in steps between which others are served. */
export function startRetention ({ logStore, logger }: { logStore: LogStore, logger: Logger }): Retention {
  const closing = new AbortController()
  const trimAll = async (): Promise<void> => {
    try {
      while (!closing.signal.aborted && await logStore.trim());
    } catch (err) {
      logger.error({ err }, 'old log lines could not be deleted; the next try is in a minute')
    }
  }
  let trimming = trimAll()
  const timer = setInterval(() => { trimming = trimming.then(trimAll) }, intervalMs).unref()
  return {
    close: async () => {
      closing.abort()
      clearInterval(timer)
      await trimming
    }
  }
}
