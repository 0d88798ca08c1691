import type { Dispatcher } from 'undici'
import { ask, isLetIn, noPath, type Seen } from '../events/ask.ts'
import { NotComparable } from '../report.ts'
import { functionPath, type Caller } from './population.ts'

/** What is asked for. `function`: its answer says who has asked. `edge`: all but the function, answered with 404 to who has a right key. */
export type Question = 'function' | 'edge'

export function pathOf (question: Question): string {
  return question === 'function' ? functionPath : noPath
}

export function isRight ({ status, text }: Pick<Seen, 'status' | 'text'>, { gatewayId, environment, clientId }: Caller, question: Question): boolean {
  if (question === 'edge') return isLetIn({ status, text })
  return status === 200 && text === JSON.stringify({ gateway: gatewayId, environment, client: clientId })
}

/** @throws {NotComparable} for any answer that is not the right one */
export async function askRight (url: string, caller: Caller, question: Question, dispatcher: Dispatcher): Promise<void> {
  const seen = await ask(url, caller, pathOf(question), dispatcher)
  if (!isRight(seen, caller, question)) throw new NotComparable(`${caller.host} answered ${caller.clientId} with ${seen.status} ${seen.text.slice(0, 300)}`)
}
