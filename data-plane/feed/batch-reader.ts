import type { FeedAsk, FeedInvoke, FeedMessage } from '#shared/feed.ts'
import type { Logger } from '#shared/log.ts'
import type { ReplicaChange } from '../replica/replica.ts'
import { refuseOutside, type Scope } from '../replica/scope.ts'
import type { ReplicaBatch, ReplicaWriter } from '../replica/writer.ts'
import { FeedMalformed } from './lines.ts'
import type { UnusableItem } from './parse.ts'

export interface BatchReaderOptions {
  writer: ReplicaWriter
  environments: Scope
  /** After each commit. */
  onChange: (change: ReplicaChange) => void
  onInvoke: (message: FeedInvoke) => void
  /** Left out: it is no reader to be asked. */
  onAsk?: ((message: FeedAsk) => void) | undefined
  /** Nothing is lacking: before `onChange`, and at each heartbeat. */
  onProgress: () => void
  logger: Logger
}

export interface BatchReader {
  /** One at a time. @throws {FeedMalformed | FeedRefused | ReplicaDamaged} */
  read: (message: FeedMessage | UnusableItem) => Promise<void>
  /** A batch that has not been committed never happened. */
  end: () => void
}

/** From `begin` to `commit` into the replica; a batch without its commit is rolled back at the end. */
export function createBatchReader ({ writer, environments, onChange, onInvoke, onAsk, onProgress, logger }: BatchReaderOptions): BatchReader {
  let batch: ReplicaBatch | null = null
  const opened = (): ReplicaBatch => {
    if (batch === null) throw new FeedMalformed('something stands outside a batch')
    return batch
  }
  return {
    read: async message => {
      switch (message.type) {
        case 'begin':
          if (batch !== null) throw new FeedMalformed('a batch begins within another')
          batch = writer.begin(message)
          return
        case 'commit': {
          const whole = opened()
          await whole.flush(message)
          const change = whole.commit(message)
          batch = null
          onProgress()
          return onChange(change)
        }
        case 'heartbeat':
          if (batch === null) onProgress()
          return
        case 'gateway':
        case 'environment':
        case 'client':
        case 'function-version':
          return opened().apply(message)
        case 'unusable':
          if (message.place !== null) return opened().refuse(message.place, message.reason)
          return logger.error({ reason: message.reason }, 'something on the change feed stands nowhere; it is left out')
        case 'invoke':
          if (batch !== null) throw new FeedMalformed('an invocation stands within a batch')
          refuseOutside(message.invocation.environment, environments)
          return onInvoke(message)
        case 'ask':
          if (batch !== null) throw new FeedMalformed('a question stands within a batch')
          refuseOutside(message.question.environment, environments)
          return onAsk?.(message)
      }
    },
    end: () => batch?.rollback()
  }
}
