import { gunzipSync } from 'node:zlib'
import { Agent, request } from 'undici'
import type { Peer } from '../peers/peer.ts'
import { NotComparable } from '../report.ts'

/** So many of what it may be asked with are tried, from the first to the last. */
const tried = 20

/** Asks the peer. @throws {NotComparable} for any answer that is not the right one */
export async function verify (peer: Peer): Promise<void> {
  const dispatcher = new Agent({ connections: 1, pipelining: 1 })
  try {
    for (const headers of evenly(peer.headers, tried)) {
      const answer = await request(peer.url, { dispatcher, method: peer.method ?? 'GET', headers, body: peer.body ?? null })
      const bytes = Buffer.from(await answer.body.arrayBuffer())
      const body = String(answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes)
      const wrong = describeWrong({ status: answer.statusCode, headers: answer.headers, body }, peer)
      if (wrong !== null) throw new NotComparable(`${peer.name} does not answer right: ${wrong}`)
    }
  } finally {
    await dispatcher.destroy()
  }
}

export interface AnswerToVerify {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** `null`: the answer is right. */
export function describeWrong (answer: AnswerToVerify, { expectedBody, expectedHeaders }: Pick<Peer, 'expectedBody' | 'expectedHeaders'>): string | null {
  if (answer.status !== 200) return `status ${answer.status} instead of 200: ${answer.body.slice(0, 300)}`
  const wrong = typeof expectedBody === 'string' ? describeOther(answer.body, expectedBody) : expectedBody(answer.body)
  if (wrong !== null) return wrong
  for (const [name, pattern] of Object.entries({ 'content-type': /^application\/json\b/, ...expectedHeaders })) {
    const value = answer.headers[name]
    if (typeof value !== 'string' || !pattern.test(value)) return `header ${name} is ${JSON.stringify(value)} and does not match ${pattern}`
  }
  return null
}

function describeOther (body: string, expected: string): string | null {
  return body === expected ? null : `body ${JSON.stringify(body.slice(0, 300))} instead of ${JSON.stringify(expected.slice(0, 300))}`
}

/** The first, the last, and some of those between. */
export function evenly<Item> (items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, index) => items[Math.round(index * (items.length - 1) / (count - 1))]!)
}
