import { randomUUID } from 'node:crypto'
import { Client, type Dispatcher } from 'undici'
import type { Admin } from '../../test/support/http.ts'
import { must } from '../peers/imprun.ts'
import { NotComparable, percentiles, type Percentiles } from '../report.ts'
import { ask, askRight, pathOf, type Question, type Seen } from './ask.ts'
import { source } from './fill.ts'
import { functionName, functionPath, type Caller } from './population.ts'

export interface PropagationResult {
  writes: number
  /** From the admin API's request to its answer. */
  writeMs: Percentiles
  /** From the admin API's answer to the first answer that shows it, in the worker that is the last to show it. */
  visibleMs: Percentiles
  /** Both together, by the kind of write. */
  totalMs: Record<string, Percentiles>
}

/** What the answers of traffic show of a write. */
interface Shown {
  caller: Pick<Caller, 'host' | 'key'>
  question: Question
  isShown: (seen: Seen) => boolean
}

/** Traffic requests to one worker after one write; more would be seconds. */
const maxTries = 20_000

/** Each write to another environment, which all workers have in their hands; then they are asked, each on a connection of its own, until all show it. */
export async function measurePropagation (admin: Admin, dataUrl: string, callers: Iterator<Caller, never>, writes: number): Promise<PropagationResult> {
  const workers = await connectWorkers(dataUrl, 2)
  const taken = { write: [] as number[], visible: [] as number[], total: new Map<string, number[]>() }
  try {
    for (let step = 0; step < writes; step++) {
      const [kind, prepare] = kinds[step % kinds.length]!
      const caller = nextInDev(callers)
      for (const worker of workers) await askRight(dataUrl, caller, 'edge', worker)
      const write = await prepare(admin, caller)
      const begunAt = performance.now()
      const shown = await write()
      const answeredAt = performance.now()
      await Promise.all(workers.map(async worker => await untilShown(dataUrl, shown, worker)))
      const endedAt = performance.now()
      taken.write.push(answeredAt - begunAt)
      taken.visible.push(endedAt - answeredAt)
      taken.total.set(kind, [...taken.total.get(kind) ?? [], endedAt - begunAt])
    }
  } finally {
    for (const worker of workers) await worker.close()
  }
  return {
    writes, writeMs: percentiles(taken.write), visibleMs: percentiles(taken.visible), totalMs: Object.fromEntries([...taken.total].map(([kind, values]) => [kind, percentiles(values)]))
  }
}

function nextInDev (callers: Iterator<Caller, never>): Caller {
  for (;;) {
    const caller = callers.next().value
    // Where what is saved is released to.
    if (caller.environment === 'dev') return caller
  }
}

/** What has to be there before is done at once; then it writes. */
type Prepare = (admin: Admin, caller: Caller) => Promise<() => Promise<Shown>>

const kinds: ReadonlyArray<readonly [string, Prepare]> = [
  ['add client', async (admin, caller) => async () => {
    const { apiKey } = await addClient(admin, caller)
    return { caller: { host: caller.host, key: apiKey }, question: 'edge', isShown: ({ status, text }) => status === 404 && text.includes('"route_not_found"') }
  }],
  ['disable client', async (admin, caller) => {
    const { id, apiKey } = await addClient(admin, caller, '?wait=applied')
    return async () => {
      must(await admin('PATCH', `${clientsOf(caller)}/${id}`, { enabled: false }))
      return { caller: { host: caller.host, key: apiKey }, question: 'edge', isShown: ({ status }) => status === 401 }
    }
  }],
  ['deploy', async (admin, caller) => {
    // Unlike any that was ever deployed there.
    const step = randomUUID()
    return async () => {
      must(await admin('PUT', `/api-gateways/${caller.gatewayId}/functions/${functionName}`, {
        methods: ['GET'], path: functionPath, source: source.replace('{ gateway', `{ step: '${step}', gateway`)
      }))
      return { caller, question: 'function', isShown: ({ status, text }) => status === 200 && text.startsWith(`{"step":"${step}",`) }
    }
  }]
]

async function addClient (admin: Admin, caller: Caller, query = ''): Promise<{ id: string, apiKey: string }> {
  return must(await admin('POST', `${clientsOf(caller)}${query}`, { name: `Client ${randomUUID()}` })).json as { id: string, apiKey: string }
}

function clientsOf ({ gatewayId, environment }: Caller): string {
  return `/api-gateways/${gatewayId}/environments/${environment}/clients`
}

async function untilShown (url: string, { caller, question, isShown }: Shown, worker: Dispatcher): Promise<void> {
  for (let tries = 1; ; tries++) {
    const seen = await ask(url, caller, pathOf(question), worker)
    if (isShown(seen)) return
    if (tries === maxTries) throw new NotComparable(`a worker does not show a write after ${tries} requests, but ${seen.status} ${seen.text.slice(0, 300)}`)
  }
}

/** One connection to each edge worker. Which one has taken a connection shows in the ids that it gives to requests. */
async function connectWorkers (url: string, count: number): Promise<Client[]> {
  const found = new Map<string, Client>()
  for (let tries = 0; found.size < count; tries++) {
    if (tries === 500) throw new NotComparable(`of ${tries} connections none came to the other worker`)
    const client = new Client(url, { pipelining: 1, keepAliveTimeout: 60_000 })
    const { headers, body } = await client.request({ method: 'GET', path: '/healthz' })
    await body.dump()
    const worker = String(headers['x-request-id']).slice(0, 12)
    if (found.has(worker)) await client.close()
    else found.set(worker, client)
  }
  return [...found.values()]
}
