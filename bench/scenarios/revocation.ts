import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { environmentDomain } from '#shared/host.ts'
import type { LoadGenerator } from '../engine/load.ts'
import { must, type ImprunPeer } from '../peers/imprun.ts'
import { percentiles, type Percentiles } from '../report.ts'

export interface RevocationResult {
  revocations: number
  /** From the admin API's answer to the last request that the key opened, on a connection that is kept. Less than 0: before the answer. */
  requestsMs: Percentiles
  /** From the admin API's answer to the end of a stream that was opened with the key. */
  streamsMs: Percentiles
}

const gatewayId = 'revocation'
const source = `export default function (ctx) {
  if (ctx.params.what === 'ask') return 'let in'
  async function * ticks () {
    for (;;) {
      yield 'tick'
      await new Promise(resolve => setTimeout(resolve, 1_000))
    }
  }
  return new Response(ticks())
}`
const loadSeconds = 5

/** Keys are disabled, deleted and regenerated in turn, while another environment is under load. */
export async function measureRevocation (peer: ImprunPeer, load: LoadGenerator, revocations: number): Promise<RevocationResult> {
  const { admin, dataUrl } = peer.platform
  must(await admin('POST', '/api-gateways', { id: gatewayId, name: 'Benchmark', config: { plugins: { 'key-auth': { cutStreams: true } } } }))
  must(await admin('PUT', `/api-gateways/${gatewayId}/functions/work`, { methods: ['GET'], path: '/:what', source }))
  const host = environmentDomain(gatewayId, 'dev', 'localhost')
  const clients = `/api-gateways/${gatewayId}/environments/dev/clients`
  const requests: number[] = []
  const streams: number[] = []
  const end = new AbortController()
  const loading = keepLoading(peer, load, end.signal)
  for (let index = 0; index < revocations; index++) {
    const { id, apiKey } = must(await admin('POST', `${clients}?wait=applied`, { name: `Client ${index}` })).json as { id: string, apiKey: string }
    const observed = await observe(dataUrl, { host, 'x-api-key': apiKey })
    switch (index % 3) {
      case 0: must(await admin('PATCH', `${clients}/${id}`, { enabled: false })); break
      case 1: must(await admin('DELETE', `${clients}/${id}`)); break
      default: must(await admin('POST', `${clients}/${id}/regenerate-key`, {}))
    }
    const answered = performance.now()
    const { lastLetIn, streamEnded } = await observed.ended
    requests.push(lastLetIn - answered)
    streams.push(streamEnded - answered)
  }
  end.abort()
  await loading
  return { revocations, requestsMs: percentiles(requests), streamsMs: percentiles(streams) }
}

/** One stream, and one request after the other on a connection that is kept, until both are refused. */
async function observe (url: string, headers: Record<string, string>): Promise<{ ended: Promise<{ lastLetIn: number, streamEnded: number }> }> {
  const dispatcher = new Agent({ connections: 1, pipelining: 1 })
  const stream = await request(`${url}/stream`, { headers, bodyTimeout: 0 })
  if (stream.statusCode !== 200) throw new Error(`The stream was answered with ${stream.statusCode}`)
  const streamEnded = stream.body.dump({ limit: Infinity }).then(() => performance.now(), () => performance.now())
  const ask = async (): Promise<boolean> => {
    const { statusCode, body } = await request(`${url}/ask`, { headers, dispatcher })
    await body.dump()
    if (statusCode !== 200 && statusCode !== 401) throw new Error(`A request was answered with ${statusCode}`)
    return statusCode === 200
  }
  const askOn = async (): Promise<number> => {
    for (let lastLetIn = performance.now(); ; await setImmediate()) {
      if (!await ask()) return lastLetIn
      lastLetIn = performance.now()
    }
  }
  if (!await ask()) throw new Error('The key is refused from the start')
  const refused = askOn()
  return {
    ended: Promise.all([refused, streamEnded]).then(async ([lastLetIn, streamEnded]) => {
      await dispatcher.close()
      return { lastLetIn, streamEnded }
    })
  }
}

async function keepLoading ({ alone }: ImprunPeer, load: LoadGenerator, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await load.measure(alone, loadSeconds)
}
