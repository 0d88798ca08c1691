import t from 'tap'
import type { ActiveCheckSettings } from '#shared/upstream-options.ts'
import { startTarget } from '../support/egress.ts'
import type { TestEdge } from '../support/edge.ts'
import { until } from '../support/until.ts'
import { goTo, host, startNamed, startProxy } from '../support/upstream.ts'

const active: ActiveCheckSettings = { path: '/healthz?deep', intervalSeconds: 1, timeoutMs: 500, healthyStatuses: [200], healthyAfter: 1, unhealthyAfter: 1 }
const checked = (more: Partial<ActiveCheckSettings> = {}) => ({ upstream: { healthChecks: { active: { ...active, ...more }, panicPercent: 0 } } })

/** Resolves when exactly these are down. */
async function down (edge: TestEdge, urls: string[]): Promise<void> {
  await until('targets that are down', () => edge.downs.at(-1)?.slice(1) ?? null, found => found !== null && found.join() === urls.join(), 3_000)
}

t.test('a target that fails its checks gets no requests, and gets them again when it passes', async t => {
  let status = 500
  const ill = await startTarget(t, (request, response) => { response.writeHead(request.url!.startsWith('/base/healthz') ? status : 200).end('x'.repeat(100_000)) })
  const { urls } = await startNamed(t, 1)
  const edge = await startProxy(t, [{ url: `${ill.origin}/base`, weight: 1 }, ...urls], checked())
  await edge.traffic(host, '/')
  await down(edge, [`${ill.origin}/base`])
  t.match(ill.requests.find(({ url }) => url === '/base/healthz?deep'), { method: 'GET', headers: { 'user-agent': 'imprun health check' } })
  for (let n = 0; n < 4; n++) t.equal((await edge.traffic(host, '/')).text, 'a')
  status = 200
  await down(edge, [])
  const texts = [(await edge.traffic(host, '/')).text, (await edge.traffic(host, '/')).text]
  t.ok(texts.includes('a') && texts.some(text => text.startsWith('x')))
})

t.test('what is not used is not checked, and a change keeps what is known of the others', async t => {
  const { targets, urls } = await startNamed(t, 3)
  const settings = checked({ healthyStatuses: [204] })
  const edge = await startProxy(t, urls.slice(0, 2), settings)
  t.equal(targets[0]!.requests.length, 0)
  await edge.traffic(host, '/')
  await down(edge, urls.slice(0, 2).map(({ url }) => url))
  t.equal((await edge.traffic(host, '/')).status, 200, 'where all are down, all are asked')
  goTo(edge, [urls[0]!, urls[2]!], settings)
  t.strictSame(edge.downs.at(-1)!.slice(1), [urls[0]!.url], 'it is still known to be down')
  goTo(edge, urls.slice(0, 2))
  t.strictSame(edge.downs.at(-1)!.slice(1), [])
})

t.test('a target that does not answer in time, or not at all, is down', async t => {
  const mute = await startTarget(t, (request, response) => { if (request.url === '/') response.end('mute') })
  const gone = await startTarget(t)
  gone.server.close()
  const { urls } = await startNamed(t, 1)
  const edge = await startProxy(t, [{ url: mute.origin, weight: 1 }, { url: gone.origin, weight: 1 }, ...urls], checked({ timeoutMs: 900, unhealthyAfter: 2 }))
  await edge.traffic(host, '/')
  await until('both', () => [...edge.downs.at(-1)?.slice(1) ?? []].sort(), found => found.join() === [mute.origin, gone.origin].sort().join(), 3_000)
  t.equal((await edge.traffic(host, '/')).text, 'a')
})
