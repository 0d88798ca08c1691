import type { Test } from 'tap'
import { rawClient } from '../../support/raw-client.ts'
import type { TestEdge } from '../../support/edge.ts'
import { host, type Outcome, type RawCase } from './cases.ts'
import type { RecordedRequest, Recorder } from './recorder.ts'

export interface Front {
  edge: TestEdge
  recorder: Recorder
  /** That clients connect to: the edge's, or that of what stands before it. */
  port: number
}

const sentinel = `GET /sentinel HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

/**
 * Sends the bytes of a case on a connection of their own and says what came of them. Behind as many answers as are expected comes one more request, where
 * the connection is still open: whatever was left on it, or on one that is shared behind, would be taken for the beginning of that one.
 * @throws {Error} where the upstream saw what no policy has seen, or was asked more often than the client was answered
 */
export async function observe (t: Pick<Test, 'teardown'>, { edge, recorder, port }: Front, { bytes }: RawCase, expected: Outcome): Promise<Outcome> {
  const before = recorder.requests.length
  const client = await rawClient(t, port)
  let received = ''
  client.socket.on('data', (chunk: string) => { received += chunk })
  client.write(Buffer.from(bytes, 'latin1'))
  const news = (): RecordedRequest[] => recorder.requests.slice(before)
  if (expected === unfinished) {
    await recorder.until(() => news().length > 0)
    client.socket.destroy()
    await edge.entry()
    return news().some(({ isWhole }) => isWhole) ? 'whole' : unfinished
  }
  const isAnswered = new RegExp(`(?:${answerStart}[^]*){${expected.split(' + ')[0]!.split(', ').length}}`)
  const isOpen = await client.until(isAnswered).then(() => true, () => false)
  if (isOpen) client.write(sentinel)
  await client.closed
  const answers = [...received.matchAll(new RegExp(answerStart, 'g'))].map(([, status]) => status!)
  await compareWithRecord(edge, news())
  const whole = news().filter(({ isWhole }) => isWhole)
  const asked = whole.filter(({ target }) => target !== '/sentinel')
  const outcome = describe(whole.length > asked.length ? answers.slice(0, -1) : answers, asked)
  return outcome === expected.replaceAll(' + ', ', ') ? expected : outcome
}

const unfinished = 'none, unfinished'
const answerStart = 'HTTP/1\\.[01] ([2-5]\\d\\d) '

function describe (answers: string[], requests: RecordedRequest[]): Outcome {
  const whole = requests.filter(({ isWhole }) => isWhole).map(({ target }) => target)
  const said = answers.map(status => status === '200' ? `200 ${whole.shift()}` : status)
  return [...said, ...whole.map(target => `unanswered ${target}`)].join(', ') || 'none'
}

/** The upstream is asked for what the stages have decided about. */
async function compareWithRecord (edge: TestEdge, requests: RecordedRequest[]): Promise<void> {
  const wanted = new Map(requests.map(request => [request.fields.find(([name]) => name === 'x-request-id')![1], request]))
  while (wanted.size > 0) {
    const { requestId, path } = await edge.entry()
    const request = wanted.get(requestId)
    if (request === undefined) continue
    wanted.delete(requestId)
    if (request.target.split('?', 1)[0] !== path) throw new Error(`policies saw ${path}, and the upstream ${request.target}`)
  }
}
