import { Agent, request } from 'undici'
import { headersOf, type Caller } from '../clients/population.ts'
import { NotComparable } from '../report.ts'
import { seenPath } from './answers.ts'
import type { Proxy } from './proxy.ts'

/** As the backend tells it. */
export interface Seen {
  key: string
  consumer: string
  requestId: string
  forwardedFor: string
}

/** What is behind the proxy sees what it should, and whoever has no key of this host is turned away. @param other of another gateway @throws {NotComparable} */
export async function checkSeen ({ name, origin, knowsClients }: Pick<Proxy, 'name' | 'origin' | 'knowsClients'>, caller: Caller, other: Caller): Promise<void> {
  const dispatcher = new Agent({ connections: 1, pipelining: 1 })
  try {
    const ask = async (headers: Record<string, string>): Promise<{ status: number, text: string }> => {
      const { statusCode, body } = await request(`${origin}${seenPath}`, { dispatcher, headers })
      return { status: statusCode, text: await body.text() }
    }
    const { status, text } = await ask(headersOf(caller))
    const wrong = status === 200 ? describeSeen(JSON.parse(text) as Seen, caller, knowsClients) : `status ${status}: ${text.slice(0, 300)}`
    if (wrong !== null) throw new NotComparable(`${name} does not ask right: ${wrong}`)
    if (!knowsClients) return
    const others = { 'no key': '', 'a key that nobody has': caller.key.replaceAll(/[a-f]/g, '0'), 'a key of another gateway': other.key }
    for (const [what, key] of Object.entries(others)) {
      const refused = await ask({ ...headersOf(caller), 'x-api-key': key })
      if (refused.status !== 401) throw new NotComparable(`${name} answers ${what} with ${refused.status}`)
    }
  } finally {
    await dispatcher.destroy()
  }
}

/** `null`: nothing is wrong. A proxy that knows nobody hands on what it is sent. */
export function describeSeen ({ key, consumer, requestId, forwardedFor }: Seen, caller: Caller, knowsClients: boolean): string | null {
  if (!knowsClients) return key === caller.key ? null : `the backend was sent "${key}" as the key`
  if (key !== '') return 'the key reached the backend'
  if (consumer !== caller.consumer) return `the backend was told that "${consumer}" asks, and not "${caller.consumer}"`
  if (forwardedFor !== '127.0.0.1') return `the backend was told that "${forwardedFor}" asks`
  return requestId === '' ? 'the backend was told no request id' : null
}
