import { StoreError, type FeedReader } from '../store/store.ts'
import { line, type FeedBatch } from './batch.ts'
import { encode, type FeedEncoding } from './encoding.ts'
import { patiently } from './patience.ts'
import type { SharedReads } from './shared-reads.ts'
import type { Turn, Turns } from './turns.ts'

export interface CatchUpOptions {
  reads: SharedReads
  /** To be sent a snapshot. */
  turns: Turns
  environments: FeedReader['environments']
  /** What the reader is to know the state by. */
  view: string
  encoding: FeedEncoding
  heartbeatMs: number
  signal: AbortSignal
}

/**
 * The frames that one reader lacks, as one batch, and the revision that they lead to. Where it has to wait for them, `begin` goes ahead, and heartbeats
 * follow: within a batch they do not say that nothing is lacking.
 * @param after what it holds of this store; `null`: nothing
 */
export async function * catchUp (options: CatchUpOptions, after: number | null): AsyncGenerator<Buffer, number, undefined> {
  const lacking = after === null ? 'snapshot' : await options.reads.lacking(after, options.environments)
  if (lacking === 'nothing') return after!
  if (lacking === 'snapshot') return yield * sendSnapshot(options, after ?? 0)
  return yield * sendChanges(options, after!, lacking.take)
}

async function * sendChanges (options: CatchUpOptions, after: number, take: () => Promise<FeedBatch>): AsyncGenerator<Buffer, number, undefined> {
  const opening = createOpening(options, { snapshot: false, after })
  const batch = yield * opening.wait(take(), taken => taken.release())
  try {
    yield * whole(opening, [batch], options.encoding)
    return batch.revision
  } finally {
    batch.release()
  }
}

/**
 * Everything as it was a moment ago, and behind it what has changed until it is sent. So nobody is ever taken back behind what it held when it asked, and what
 * is committed while a slow reader takes it all is the next batch.
 */
async function * sendSnapshot (options: CatchUpOptions, after: number): AsyncGenerator<Buffer, number, undefined> {
  const { reads, environments, encoding } = options
  const opening = createOpening(options, { snapshot: true, after })
  const held: FeedBatch[] = []
  let turn = yield * takeTurn(options, opening)
  try {
    const head = await reads.head()
    let last = yield * opening.wait(reads.takeSnapshot(environments, head), batch => batch.release())
    held.push(last)
    // What was read for others leads one step on, and there may have been many.
    while (last.revision < head) {
      const lacking = await reads.lacking(last.revision, environments)
      if (lacking === 'snapshot') throw new StoreError('unavailable', 'More has changed since the snapshot was read than is followed')
      if (lacking === 'nothing') break
      last = yield * opening.wait(lacking.take(), batch => batch.release())
      held.push(last)
    }
    for await (const frame of whole(opening, held, encoding)) {
      yield frame
      if (!turn.isOver) continue
      turn.end()
      turn = yield * takeTurn(options, opening)
    }
    return last.revision
  } finally {
    turn.end()
    for (const batch of held) batch.release()
  }
}

/** From `begin` to `commit`. */
async function * whole (opening: Opening, batches: readonly FeedBatch[], encoding: FeedEncoding): AsyncGenerator<Buffer, void, undefined> {
  const [first, ...rest] = batches
  const { isSent, text: begin } = opening
  const commit = line({ type: 'commit', revision: (rest.at(-1) ?? first!).revision })
  opening.isSent = true
  if (!isSent && rest.length === 0) return yield * first!.frames(begin, commit, encoding)
  if (!isSent) yield await encode(begin, encoding)
  for (const batch of batches) yield * batch.items(encoding)
  yield await encode(commit, encoding)
}

function takeTurn ({ turns, signal }: CatchUpOptions, opening: Opening): AsyncGenerator<Buffer, Turn, undefined> {
  return opening.wait(turns.take(signal), turn => turn.end())
}

/** The beginning of a batch, which waits until there is something to follow it, for so long. */
interface Opening {
  text: string
  isSent: boolean
  wait: <Value>(promise: Promise<Value>, giveBack: (value: Value) => void) => AsyncGenerator<Buffer, Value, undefined>
}

function createOpening ({ view, encoding, heartbeatMs, signal }: CatchUpOptions, { snapshot, after }: { snapshot: boolean, after: number }): Opening {
  const heartbeat = line({ type: 'heartbeat', revision: after })
  const opening: Opening = {
    text: line({ type: 'begin', store: view, snapshot }),
    isSent: false,
    wait: (promise, giveBack) => patiently(promise, { everyMs: heartbeatMs, sign, signal, giveBack })
  }
  const sign = async (): Promise<Buffer> => {
    const text = opening.isSent ? heartbeat : opening.text
    opening.isSent = true
    return await encode(text, encoding)
  }
  return opening
}
