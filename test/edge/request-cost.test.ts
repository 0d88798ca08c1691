import t from 'tap'
import type { LimitCountConfig } from '#shared/policies/limit-count/schema.ts'
import { startEdge, type TestFunction } from '../support/edge.ts'
import { host, startProxied } from '../support/upstream.ts'

/** Costs what it is asked for. */
const costly: TestFunction = ({ query }) => ({ status: 200, headers: [['X-Imprun-Cost', decodeURIComponent(query)]], body: 'done' })

t.test('a request costs what its route does, and all or nothing is spent', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { none: {}, 'limit-count': { count: 10, windowSeconds: 60, cost: 2, costs: { search: 7, ping: 0 } } },
    routes: [{ path: '/search', functionName: 'search' }, { path: '/ping', functionName: 'ping' }, { path: '/hello', functionName: 'hello' }]
  })
  const send = async (path: string) => await edge.traffic(host, path)
  t.match(await send('/hello'), { headers: { ratelimit: '"limit-count";r=8;t=60' } })
  t.match(await send('/search'), { headers: { ratelimit: '"limit-count";r=1;t=60' } })
  t.match(await send('/search'), { status: 429, headers: { ratelimit: '"limit-count";r=1;t=60', 'retry-after': '60' } })
  t.match(await send('/hello'), { status: 429 })
  t.match(await send('/ping'), { status: 200, headers: { ratelimit: '"limit-count";r=1;t=60' } })
  t.match(await send('/nowhere'), { status: 429 }, 'what no route answers costs as others do')
})

const kinds: Record<string, Partial<LimitCountConfig>> = {
  'a plain limit': {},
  'a sliding one': { window: 'sliding' },
  several: { limits: [{ name: 'day', count: 100, windowSeconds: 86400 }] }
}
for (const [name, limit] of Object.entries(kinds)) {
  t.test(`a function says what it has cost, and nobody else sees it: ${name}`, async t => {
    const edge = await startEdge(t, { functions: { hello: costly } })
    edge.addGateway('shop', { plugins: { none: {}, 'limit-count': { count: 20, windowSeconds: 60, ...limit } } })
    const send = async (cost: string) => {
      const answer = await edge.traffic(host, `/hello?${encodeURIComponent(cost)}`)
      t.notHas(answer.headers, 'x-imprun-cost')
      return { status: answer.status, left: Number(/"limit-count";r=(\d+)/.exec(String(answer.headers.ratelimit))![1]) }
    }
    t.strictSame(await send('5'), { status: 200, left: 15 })
    t.strictSame(await send('0'), { status: 200, left: 15 }, 'nothing')
    for (const nonsense of ['-7', '1.5', 'x', '']) t.equal((await send(nonsense)).status, 200)
    t.strictSame(await send('1'), { status: 200, left: 10 }, 'what is no number costs what it would have cost')
    t.strictSame(await send('99999999999'), { status: 200, left: 0 }, 'it has been answered: what is too much is paid for with what there is')
    t.equal((await send('0')).status, 429)
  })
}

t.test('an upstream is heard only where the owner says so', async t => {
  for (const [upstreamCost, left] of [[undefined, 9], [true, 5]] as const) {
    const { edge } = await startProxied(t, (_request, response) => { response.setHeader('x-imprun-cost', '5').end() }, {
      plugins: { none: {}, 'limit-count': { count: 10, windowSeconds: 60, ...(upstreamCost && { upstreamCost }) } }
    })
    const { headers } = await edge.traffic(host, '/up')
    t.match(headers.ratelimit, `r=${left};`)
    t.notHas(headers, 'x-imprun-cost')
  }
})
