import { request, type Dispatcher } from 'undici'
import { NotComparable } from '../report.ts'
import { functionPath, noPath, type Caller } from './population.ts'

export interface Seen {
  status: number
  text: string
  /** Those of one edge worker begin alike. */
  requestId: string
}

/** One request of this caller, whatever is answered. */
export async function ask (url: string, { host, key }: Pick<Caller, 'host' | 'key'>, path: string, dispatcher: Dispatcher): Promise<Seen> {
  const { statusCode, headers, body } = await request(`${url}${path}`, { dispatcher, headers: { host, 'x-api-key': key } })
  return { status: statusCode, text: await body.text(), requestId: String(headers['x-request-id']) }
}

/** What is asked for. `function`: its answer says who has asked. `edge`: all but the function, answered with 404 to who has a right key. */
export type Question = 'function' | 'edge'

export function pathOf (question: Question): string {
  return question === 'function' ? functionPath : noPath
}

export function isRight ({ status, text }: Seen, { gatewayId, environment, clientId }: Caller, question: Question): boolean {
  if (question === 'edge') return status === 404 && text.includes('"route_not_found"')
  return status === 200 && text === JSON.stringify({ gateway: gatewayId, environment, client: clientId })
}

/** @throws {NotComparable} for any answer that is not the right one */
export async function askRight (url: string, caller: Caller, question: Question, dispatcher: Dispatcher): Promise<void> {
  const seen = await ask(url, caller, pathOf(question), dispatcher)
  if (!isRight(seen, caller, question)) throw new NotComparable(`${caller.host} answered ${caller.clientId} with ${seen.status} ${seen.text.slice(0, 300)}`)
}
