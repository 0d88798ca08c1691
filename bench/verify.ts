import { gunzipSync } from 'node:zlib'
import { request } from 'undici'
import type { Peer } from './peers/peer.ts'
import { NotComparable } from './report.ts'
import { expectedBody } from './scenarios/hello.ts'

/** Asks the peer once with each of its first header sets. @throws {NotComparable} for any answer that is not the right one */
export async function verify (peer: Peer): Promise<void> {
  for (const headers of peer.headers.slice(0, 20)) {
    const answer = await request(peer.url, { headers })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    const body = String(answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes)
    const wrong = describeWrong({ status: answer.statusCode, headers: answer.headers, body }, peer.expectedHeaders)
    if (wrong !== null) throw new NotComparable(`${peer.name} does not answer right: ${wrong}`)
  }
}

export interface AnswerToVerify {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** `null`: the answer is right. */
export function describeWrong (answer: AnswerToVerify, expectedHeaders: Record<string, RegExp>): string | null {
  if (answer.status !== 200) return `status ${answer.status} instead of 200: ${answer.body.slice(0, 300)}`
  if (answer.body !== expectedBody) return `body ${JSON.stringify(answer.body.slice(0, 300))} instead of ${JSON.stringify(expectedBody)}`
  for (const [name, pattern] of Object.entries({ 'content-type': /^application\/json\b/, ...expectedHeaders })) {
    const value = answer.headers[name]
    if (typeof value !== 'string' || !pattern.test(value)) return `header ${name} is ${JSON.stringify(value)} and does not match ${pattern}`
  }
  return null
}
