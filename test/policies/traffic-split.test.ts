import t from 'tap'
import { trafficSplit } from '#shared/policies/traffic-split/policy.ts'
import type { TrafficSplitSettings } from '#shared/policies/traffic-split/schema.ts'
import { effectiveTimeouts } from '#shared/upstreams.ts'
import { startEdge, type TestEdge } from '../support/edge.ts'
import { startTarget } from '../support/egress.ts'
import { host } from '../support/upstream.ts'

async function startSplit (t: Parameters<typeof startEdge>[0], rules: TrafficSplitSettings['rules'], plugins: object = { none: {} }): Promise<TestEdge> {
  const urls = await Promise.all(['own', 'next'].map(async name => [name, { url: (await startTarget(t, (request, response) => void response.end(`${name} ${request.url}`))).origin, timeouts: effectiveTimeouts() }]))
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: { ...plugins, 'traffic-split': { rules } },
    upstreams: Object.fromEntries(urls),
    routes: [{ path: '/hello' }, ...['one', 'two'].map(name => ({ functionName: name, path: `/${name}/*`, upstream: { name: 'own', path: '/at/*' } }))]
  })
  return edge
}

t.test('the first rule that a request is matched by decides, and the path stays that of the endpoint', async t => {
  const edge = await startSplit(t, [
    { match: { headers: { 'X-Team': 'beta' }, query: { a: 'b c' } }, upstreams: [{ name: 'next', weight: 1 }] },
    { match: { headers: { 'x-team': 'own' } }, upstreams: [{ weight: 1 }, { name: 'next', weight: 0 }] },
    { match: { routes: ['two'] }, upstreams: [{ name: 'next', weight: 1 }] },
    { match: { headers: { 'x-team': 'gone' } }, upstreams: [{ name: 'gone', weight: 1 }] }
  ])
  const cases: Array<[path: string, headers: Record<string, string>, text: string]> = [
    ['/one/x?a=b%20c', { 'x-team': 'beta' }, 'next /at/x?a=b%20c'],
    ['/one/x?a=b+c', { 'x-team': 'beta' }, 'next /at/x?a=b+c'],
    ['/one/x?a=b', { 'x-team': 'beta' }, 'own /at/x?a=b'],
    ['/one/x', { 'x-team': 'Beta' }, 'own /at/x'],
    ['/two/x', {}, 'next /at/x'],
    ['/two/x', { 'x-team': 'own' }, 'own /at/x']
  ]
  for (const [path, headers, text] of cases) {
    t.match(await edge.traffic(host, path, { headers }), { status: 200, text })
    t.match(await edge.entry(), { upstream: text.split(' ')[0] })
  }
  t.match(await edge.traffic(host, '/one/x', { headers: { 'x-team': 'gone' } }), { status: 503, json: { code: 'upstream_missing' } })
  t.match(edge.told, [{ message: /^The upstream gone: /, fields: { upstream: 'gone' } }])
  t.match(await edge.traffic(host, '/hello'), { status: 200 }, 'functions are not concerned')
})

t.test('each client meets one of them, each time, in shares that are near to the weights', async t => {
  const edge = await startSplit(t, [{ match: { clients: ['other'] }, upstreams: [{ name: 'next', weight: 1 }] }, { upstreams: [{ name: 'next', weight: 3 }, { weight: 7 }] }], {})
  t.match(await edge.traffic(host, '/one/x', { key: edge.addClient('shop', 'prod', 'other') }), { text: 'next /at/x' })
  const keys = Array.from({ length: 60 }, (_, index) => edge.addClient('shop', 'prod', `client${index}`))
  const texts = async (): Promise<string[]> => await Promise.all(keys.map(async key => (await edge.traffic(host, '/one/x', { key })).text))
  const first = await texts()
  const next = first.filter(text => text.startsWith('next')).length
  t.ok(next > 6 && next < 35, `${next} of 60`)
  t.strictSame(await texts(), first)
})

t.test('more weight keeps who was there', async t => {
  const chosen = (weight: number): boolean[] => {
    const { split } = trafficSplit.compile({ rules: [{ upstreams: [{ name: 'next', weight }, { weight: 100 - weight }] }] })
    const at = split!({} as never)!.at
    return Array.from({ length: 1_000 }, (_, index) => at(index / 1_000) === 'next')
  }
  const [few, many] = [chosen(20), chosen(60)]
  t.equal(few.filter(Boolean).length, 200)
  t.equal(many.filter(Boolean).length, 600)
  t.ok(few.every((isNext, index) => !isNext || many[index]))
})

t.test('rules that cannot be meant are refused', async t => {
  const check = (upstreams: TrafficSplitSettings['rules'][number]['upstreams']) => trafficSplit.check!({ rules: [{ upstreams }] }, '/x').map(({ pointer }) => pointer)
  t.strictSame(check([{ name: 'a', weight: 1 }, { weight: 1 }]), [])
  t.strictSame(check([{ name: 'a', weight: 0 }]), ['/x/rules/0/upstreams'])
  t.strictSame(check([{ name: 'a', weight: 1 }, { name: 'a', weight: 1 }]), ['/x/rules/0/upstreams/1/name'])
  t.strictSame(check([{ weight: 1 }, { weight: 1 }]), ['/x/rules/0/upstreams/1/name'])
})
