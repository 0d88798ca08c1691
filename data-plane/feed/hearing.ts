import type { Logger } from '#shared/log.ts'
import { systemClocks, type Clocks, type Heard, type HeardFile } from '../freshness.ts'

/** Commits may come by the thousand. */
const pauseMs = 1_000

export interface HearingOptions {
  file: HeardFile
  /** At first with what the process before had heard, then about once a second at most. */
  onHeard: (heard: Heard) => void
  logger: Pick<Logger, 'warn'>
  clocks?: Clocks
}

/** Remembers when the control plane was last heard of, and says so to the workers. Returns what is to be called whenever it was. */
export function createHearing ({ file, onHeard, logger, clocks = systemClocks }: HearingOptions): () => void {
  const before = file.read()
  if (before !== null) onHeard(before)
  let last = -Infinity
  return () => {
    const heard = { wallMs: clocks.wall.now(), monotonicMs: clocks.monotonic.now() }
    if (heard.monotonicMs - last < pauseMs) return
    last = heard.monotonicMs
    onHeard(heard)
    try {
      file.write(heard)
    } catch (err) {
      // A full disk: the next process takes its configuration to be older than it is.
      logger.warn({ err }, 'when the control plane was last heard of could not be kept')
    }
  }
}
