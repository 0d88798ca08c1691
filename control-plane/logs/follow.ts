import { createBell } from '../bell.ts'
import type { LogFilter, LogPassage, LogStore, StoredLine } from '../store/log-store.ts'
import type { EnvironmentRef } from '../store/store.ts'
import { representLine } from './schema.ts'

export interface Followed {
  environment: EnvironmentRef
  /** A position; what comes after it is sent. */
  after: string
  filter: LogFilter
  /** false: the environment is gone, and this ends. */
  isThere: () => Promise<boolean>
}

export interface FollowOptions {
  heartbeatMs: number
  /** Ends it: the reader is gone, or this process is about to be. */
  signal: AbortSignal
}

/**
 * The events of one reader's stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). More is read from the store when
 * the last events were taken: a slow reader costs no memory here. What is forgotten before its turn comes is counted, and said.
 */
export async function * followLogs (logStore: LogStore, { environment, after, filter, isThere }: Followed, { heartbeatMs, signal }: FollowOptions): AsyncGenerator<string> {
  const bell = createBell(signal)
  const stop = logStore.onAppend(environment, bell.ring)
  let position = after
  try {
    yield place(position)
    while (!signal.aborted) {
      bell.reset()
      if (!await isThere()) return
      const passage = await logStore.readOn(environment, position, filter)
      position = passage.position
      const text = events(passage)
      if (text !== '') yield text
      if (passage.isEnd && !await bell.wait(heartbeatMs)) yield place(position)
    }
  } finally {
    stop()
    bell.close()
  }
}

function events ({ lines, missed, position }: LogPassage): string {
  const loss = missed === 0 ? '' : `event: missed\ndata: ${JSON.stringify({ lines: missed })}\n${lines.length === 0 ? `id: ${position}\n` : ''}\n`
  return loss + lines.map(event).join('')
}

/** JSON has no line ends of its own, so a tenant's text is one `data` field whatever is in it. */
function event (line: StoredLine): string {
  return `id: ${line.position}\ndata: ${escapeControls(JSON.stringify(representLine(line)))}\n\n`
}

/** JSON leaves these as they are, and terminals obey some of them. */
function escapeControls (json: string): string {
  return json.replaceAll(/[\u007f-\u009f]/g, character => `\\u00${character.charCodeAt(0).toString(16)}`)
}

/** A comment, which keeps the connection open, and an id without data, which is no event: where a reader that reconnects goes on. */
function place (position: string): string {
  return `: following\nid: ${position}\n\n`
}
