import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { hashToken } from '../../control-plane/bearer.ts'
import { dataPlaneToken, startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { openFeed } from '../support/feed-reader.ts'

interface Made { id: string, name: string, environments: string[] | null, createdAt: string, token: string }

async function make ({ admin }: ControlPlane, draft: object): Promise<Made> {
  return (await admin('POST', '/data-plane-tokens', draft)).json as Made
}

async function feedStatus ({ url }: ControlPlane, token: string, query = ''): Promise<number> {
  const gone = new AbortController()
  const { status } = await fetch(`${url}/v1/feed${query}`, { headers: { authorization: `Bearer ${token}` }, signal: gone.signal })
  gone.abort()
  return status
}

t.test('a token is shown once, and only its hash is kept', async t => {
  const control = await startControlPlane(t)
  const answer = await control.admin('POST', '/data-plane-tokens', { name: 'Berlin', environments: ['dev', 'staging'] })
  t.match(answer, { status: 201, headers: { 'cache-control': 'no-store' } })
  const { token, ...shown } = answer.json as Made
  t.match(token, /^imp_data_[0-9A-Za-z]{32}$/)
  t.match(shown, { id: /^[0-9a-z]{12}$/, name: 'Berlin', environments: ['dev', 'staging'], createdAt: '2030-01-01T00:00:00.000Z' })
  const all = await make(control, { name: 'Everything' })
  t.equal(all.environments, null)
  const listed = await control.admin('GET', '/data-plane-tokens')
  const { token: _shownOnce, ...second } = all
  t.same((listed.json as { items: object[] }).items.length, 2)
  for (const item of [shown, second]) t.ok((listed.json as { items: Made[] }).items.some(({ id, name }) => id === item.id && name === item.name))
  const kept = Buffer.concat(readdirSync(control.dataDir).map(name => readFileSync(path.join(control.dataDir, name)))).toString('latin1')
  t.ok(kept.includes(hashToken(token)))
  for (const text of [kept, control.logs(), listed.text]) t.notOk(text.includes(token))
  t.notMatch(listed.text, /hash/i)
})

t.test('it opens the feed until it is revoked, and what it has opened ends at once', async t => {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const { id, token } = await make(control, { name: 'Berlin', environments: ['dev'] })
  const other = await make(control, { name: 'Paris', environments: ['dev'] })
  const feed = await openFeed(t, control.url, '', token)
  const stays = await openFeed(t, control.url, '', other.token)
  await feed.until(({ type }) => type === 'commit')
  await stays.until(({ type }) => type === 'commit')
  const end = feed.end()
  t.equal((await control.admin('DELETE', `/data-plane-tokens/${id}`)).status, 204)
  t.strictSame(await end, [])
  t.equal(await feedStatus(control, token), 401)
  await control.admin('POST', '/api-gateways', { id: 'bank', name: 'Bank' })
  await stays.until(({ type }) => type === 'commit')
  t.match(await control.admin('DELETE', `/data-plane-tokens/${id}`), { status: 404, json: { code: 'data_plane_token_not_found' } })
})

t.test('another control plane on the same store notices that it is revoked', async t => {
  const control = await startControlPlane(t, { feedHeartbeatMs: 20 })
  const { id, token } = await make(control, { name: 'Berlin', environments: ['dev'] })
  const feed = await openFeed(t, control.url, '', token)
  await feed.until(({ type }) => type === 'heartbeat' || type === 'commit')
  const end = feed.end()
  await control.store.removeDataPlaneToken(id)
  await end
  t.equal(await feedStatus(control, token), 401)
})

t.test('it opens nothing but what it was made for', async t => {
  const control = await startControlPlane(t)
  const { token } = await make(control, { name: 'Berlin', environments: ['dev'] })
  t.equal(await feedStatus(control, token, '?environments=dev'), 200)
  for (const query of ['?environments=prod', '?environments=dev,prod']) t.equal(await feedStatus(control, token, query), 403, query)
  t.equal(await feedStatus(control, dataPlaneToken, '?environments=prod'), 200)
  t.equal((await fetch(`${control.url}/v1/api-gateways`, { headers: { authorization: `Bearer ${token}` } })).status, 401)
})

t.test('who comes back with a token of another scope gets everything anew', async t => {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const dev = await make(control, { name: 'Dev', environments: ['dev'] })
  const twins = [await make(control, { name: 'One', environments: ['dev', 'prod'] }), await make(control, { name: 'Two', environments: ['prod', 'dev'] })] as const
  const viewOf = async (token: string): Promise<string> => {
    const [begin] = await (await openFeed(t, control.url, '', token)).until(() => true)
    return (begin as { store: string }).store
  }
  const first = async (token: string, view: string): Promise<string> => {
    const [message] = await (await openFeed(t, control.url, `?store=${encodeURIComponent(view)}&after=1`, token)).until(() => true)
    return message!.type
  }
  const [devView, twinView] = [await viewOf(dev.token), await viewOf(twins[0].token)]
  t.equal(await viewOf(dataPlaneToken), control.store.id)
  t.equal(new Set([devView, twinView, control.store.id]).size, 3)
  t.equal(await first(dev.token, devView), 'heartbeat')
  t.equal(await first(twins[1].token, twinView), 'heartbeat')
  for (const [token, view] of [[twins[0].token, devView], [dev.token, twinView], [dev.token, control.store.id], [dataPlaneToken, devView]] as const) {
    t.equal(await first(token, view), 'begin')
  }
})

t.test('drafts that make no sense are refused, and names are used once', async t => {
  const control = await startControlPlane(t)
  for (const draft of [{}, { name: '' }, { name: 'A', environments: [] }, { name: 'A', environments: ['Dev'] }, { name: 'A', environments: ['dev', 'dev'] }, { name: 'A', other: 1 }]) {
    t.match(await control.admin('POST', '/data-plane-tokens', draft), { status: 400, json: { code: 'validation_failed' } }, JSON.stringify(draft))
  }
  await make(control, { name: 'Berlin' })
  t.match(await control.admin('POST', '/data-plane-tokens', { name: 'Berlin' }), { status: 409, json: { code: 'data_plane_token_exists', errors: [{ pointer: '/name' }] } })
})
