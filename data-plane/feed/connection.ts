import { Agent, request, type Dispatcher } from 'undici'
import { feedPath } from '#shared/feed.ts'
import { answersHeader } from '#shared/request-traces.ts'
import type { ReplicaPosition } from '../replica/writer.ts'
import { decodeBody } from './decode.ts'
import { readLines } from './lines.ts'

export interface FeedSource {
  /** Of the control plane. */
  controlUrl: string
  /** Asked for at every connection: the file that it comes from may have been written anew. */
  token: () => string | null
  /** Names of the environments to be sent; `null`: all. */
  environments: readonly string[] | null
  /** As which this data plane tells what it serves; `null`: it does not. */
  nodeId?: string | null
  /** What it can be asked; `null` or left out: nothing. */
  answers?: string | null
  /** So long the feed may be silent. */
  silenceMs: number
}

/** The control plane does not give out its feed. */
export class FeedDenied extends Error {
  override readonly name = 'FeedDenied'
  readonly statusCode: number | null
  constructor (message: string, statusCode: number | null) {
    super(message)
    this.statusCode = statusCode
  }

  /** Trying again soon is of no use: somebody has to do something first. */
  get unauthorized (): boolean {
    return this.statusCode === null || this.statusCode === 401 || this.statusCode === 403
  }
}

/** HTTP/1.1 and a connection of its own: a stream that never ends shares with nobody. */
export function createFeedAgent (silenceMs: number, ca: string | null = null): Agent {
  return new Agent({ allowH2: false, pipelining: 1, connect: { timeout: silenceMs, ...(ca !== null && { ca }) }, headersTimeout: silenceMs, bodyTimeout: silenceMs })
}

/**
 * The lines of the feed from this position on, until it breaks, falls silent or is aborted.
 * @throws {FeedDenied | FeedMalformed} and what undici throws
 */
export async function * openFeed (
  agent: Agent, source: FeedSource, position: ReplicaPosition, signal: AbortSignal
): AsyncGenerator<string, void, undefined> {
  const token = source.token()
  if (token === null) throw new FeedDenied('there is no data-plane token', null)
  const attempt = new AbortController()
  try {
    const answer = await request(feedUrl(source, position), {
      dispatcher: agent,
      signal: AbortSignal.any([signal, attempt.signal]),
      headers: { authorization: `Bearer ${token}`, accept: 'application/x-ndjson', 'accept-encoding': 'zstd', ...(source.answers && { [answersHeader]: source.answers }) }
    })
    refuseOther(answer)
    yield * readLines(decodeBody(answer.body, answer.headers['content-encoding']))
  } finally {
    // Whatever ended it, also a line that could not be used: the connection goes with it.
    attempt.abort()
  }
}

/** @throws {FeedDenied} for what is not a feed */
function refuseOther ({ statusCode, headers }: Dispatcher.ResponseData): void {
  if (statusCode !== 200) throw new FeedDenied(`the control plane answered ${statusCode}`, statusCode)
  const type = String(headers['content-type'])
  if (!type.startsWith('application/x-ndjson')) throw new FeedDenied(`the control plane answered with ${type}, which is not a feed`, 200)
}

function feedUrl ({ controlUrl, environments, nodeId = null }: FeedSource, { store, revision }: ReplicaPosition): string {
  const query = new URLSearchParams(store === null ? { after: '0' } : { store, after: String(revision) })
  if (nodeId !== null) query.set('node', nodeId)
  if (environments !== null) query.set('environments', environments.join(','))
  return `${controlUrl}${feedPath}?${query.toString()}`
}
