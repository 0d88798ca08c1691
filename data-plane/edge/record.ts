import type { LineWriter } from './lines.ts'

/** One line of the access log: what an owner or an operator may know of a request. No query, no header, no body, no address. */
export interface AccessEntry {
  /** Milliseconds since the epoch, at the end of the request. */
  time: number
  requestId: string
  /** `<gateway>-<env>`; `null`: the host is no gateway's. */
  route: string | null
  /** Number of the release that it met; `null`: none. */
  release: number | null
  functionName: string | null
  versionId: string | null
  /** That it went to; `null`: to none. */
  upstream: string | null
  clientId: string | null
  apiKeyId: string | null
  method: string
  path: string
  status: number
  /** Of the problem it was answered with, or `client_closed`. */
  code: string | null
  durationMs: number
  /** Of which the function, its queue and its transport took so much, or the upstream until the head of its answer: `upstreamMs` then. */
  functionMs: number
  /** To ask the upstream, where there was more than one; else 0. */
  attempts: number
  bodyBytes: number
}

export interface Recorder {
  /** Never waits: lines are kept in memory and written together. */
  write: (entry: AccessEntry) => void
  /** Resolves when everything has been written. */
  close: () => Promise<void>
}

/** HTTP has no status for it; 499 is what logs have called it since nginx. */
export const clientClosed = { status: 499, code: 'client_closed' } as const

export const noRecorder: Recorder = { write: () => {}, close: async () => {} }

export function createRecorder (lines: LineWriter): Recorder {
  return { write: entry => lines.write(formatEntry(entry)), close: lines.close }
}

/** By hand: four times as fast as JSON.stringify of an object, and only the method and the path are in a stranger's hand. */
export function formatEntry (entry: AccessEntry): string {
  const { release, functionName, versionId, upstream, clientId, apiKeyId, code } = entry
  return `{"time":"${rfc3339(entry.time)}","requestId":"${entry.requestId}","route":${text(entry.route)}` +
    (release === null ? '' : `,"release":${release}`) +
    (functionName === null ? '' : `,"function":"${functionName}","version":"${versionId}"`) +
    (upstream === null ? '' : `,"upstream":"${upstream}"`) +
    (clientId === null ? '' : `,"client":"${clientId}"`) +
    (apiKeyId === null ? '' : `,"apiKeyId":"${apiKeyId}"`) +
    `,"method":"${entry.method}","path":${JSON.stringify(entry.path)},"status":${entry.status}` +
    (code === null ? '' : `,"code":"${code}"`) +
    `,"durationMs":${milliseconds(entry.durationMs)},"${upstream === null ? 'functionMs' : 'upstreamMs'}":${milliseconds(entry.functionMs)}` +
    (entry.attempts === 0 ? '' : `,"attempts":${entry.attempts}`) +
    `,"bytes":${entry.bodyBytes}}\n`
}

function text (name: string | null): string {
  return name === null ? 'null' : `"${name}"`
}

/** Microseconds are as fine as the clock is. */
function milliseconds (value: number): number {
  return Math.round(value * 1000) / 1000
}

let lastTime = NaN
let lastText = ''

/** Many requests end in one millisecond. */
function rfc3339 (time: number): string {
  if (time !== lastTime) {
    lastTime = time
    lastText = new Date(time).toISOString()
  }
  return lastText
}
