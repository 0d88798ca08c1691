import t, { type Test } from 'tap'
import type { RouteUse } from '#shared/usage.ts'
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts'
import { routeUse, usageReporter } from '../support/usage.ts'

const gateway = '/api-gateways/shop'
const prod = `${gateway}/environments/prod`
const dayMs = 86_400_000

interface Shop extends ControlPlane {
  save: (name: string, path: string, methods?: string[]) => Promise<void>
  drop: (name: string) => Promise<unknown>
  /** To prod, from dev. */
  promote: (more?: object) => ReturnType<ControlPlane['admin']>
  addClient: (name: string) => Promise<string>
  use: (fields?: Partial<RouteUse>) => Promise<unknown>
}

/** Dev comes right before prod. */
async function start (t: Test): Promise<Shop> {
  const plane = await startControlPlane(t)
  const { admin, clock } = plane
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PATCH', gateway, { environments: ['dev', 'prod', 'staging'] })
  const report = usageReporter(t, plane)
  let saved = 0
  return {
    ...plane,
    save: async (name, path, methods = ['GET']) => {
      const answer = await admin('PUT', `${gateway}/functions/${name}`, { methods, path, source: `export default () => ${saved++}` })
      t.ok(answer.status < 300, answer.text)
    },
    drop: async name => await admin('DELETE', `${gateway}/functions/${name}`),
    promote: async (more = {}) => await admin('POST', `${prod}/releases`, { from: 'dev', ...more }),
    addClient: async name => ((await admin('POST', `${prod}/clients`, { name })).json as { id: string }).id,
    use: async fields => await report({ routes: [routeUse({ environment: 'prod', lastAt: clock.now(), ...fields })] })
  }
}

t.test('a route that clients of the target used would not vanish unnoticed', async t => {
  const { save, drop, promote, addClient, use, clock, admin } = await start(t)
  await save('list', '/orders', ['GET', 'POST'])
  await save('other', '/other')
  t.equal((await promote()).status, 201)
  const [mobile, web] = [await addClient('Mobile'), await addClient('Web')]
  await use({ requests: 1_230, clients: [mobile] })
  clock.advance(dayMs)
  await use({ requests: 4, clients: [web, 'gone'] })
  await use({ environment: 'dev', path: '/other' })
  await drop('list')
  await drop('other')

  const refused = await promote()
  t.match(refused, {
    status: 409,
    json: {
      code: 'release_refused',
      findings: [
        {
          severity: 'refusal', code: 'route_in_use', functionName: 'list', usage: { requests: 1_234, lastUsedAt: '2030-01-02T00:00:00.000Z', clients: ['Mobile', 'Web'] },
          message: 'GET /orders would not be answered any more, and is in use: 1234 requests of "Mobile", "Web" and 1 other to prod in the last 7 days, the last at 2030-01-02T00:00:00.000Z.'
        },
        { severity: 'warning', code: 'route_vanishes', functionName: 'other', message: 'GET /other is served by prod now, and would not be any more. It was not used in the last 7 days.' }
      ]
    }
  })
  t.match((await promote({ dryRun: true })).json, { findings: [{ code: 'route_in_use' }, { code: 'route_vanishes' }] })
  t.match((await promote({ force: true })).json, { forced: true, routes: [] }, 'who forces it is remembered')
  t.match((await admin('GET', `${prod}/releases/2`)).json, { forced: true })
})

t.test('after a week without use it is a warning', async t => {
  const { save, drop, promote, use, clock } = await start(t)
  await save('list', '/orders')
  await promote()
  await use()
  await drop('list')
  t.match(await promote(), { status: 409, json: { findings: [{ code: 'route_in_use', message: / 1 request to prod / }] } }, 'nobody is named where nobody is known')
  clock.advance(7 * dayMs + 1)
  t.match(await promote(), { status: 201, json: { forced: false } })
})

t.test('a route that moves or loses a method is gone for those who used it', async t => {
  const { save, promote, use, addClient } = await start(t)
  await save('list', '/orders', ['GET', 'POST'])
  await promote()
  await use({ method: 'POST', requests: 0, moreClients: true, clients: [await addClient('Web')] })
  await save('list', '/orders', ['GET'])
  t.match((await promote()).json, { findings: [{ severity: 'refusal', code: 'route_in_use', message: /^POST \/orders would become GET \/orders, and is in use: 1 request of "Web" and others to prod/ }] })
  await save('list', '/orders', ['GET', 'POST'])
  await save('list', '/v2/orders', ['POST'])
  t.match((await promote()).json, { findings: [{ severity: 'refusal', code: 'route_in_use', message: /^POST \/orders would become POST \/v2\/orders/ }] })
  await use({ path: '/v2/orders' })
  await save('list', '/orders', ['POST', 'PUT'])
  t.match(await promote(), { status: 201, json: { forced: false } }, 'what is lost is not what is used')
})

t.test('what another function takes over is not lost', async t => {
  const { save, drop, promote, use } = await start(t)
  await save('list', '/orders/:id', ['GET', 'HEAD'])
  await promote()
  await use({ path: '/orders/:id', method: 'HEAD' })
  await drop('list')
  await save('find', '/orders/:orderId')
  t.match(await promote({ dryRun: true }), { status: 200, json: { findings: [] } })
  await save('find', '/orders/*')
  t.match(await promote(), { status: 409, json: { findings: [{ code: 'route_in_use', functionName: 'list' }] } }, 'a wildcard is another route')
})

t.test('a rollback is told and not held up', async t => {
  const { save, promote, use, admin } = await start(t)
  await save('list', '/orders')
  await promote()
  await save('new', '/new')
  await promote()
  await use({ functionName: 'new', path: '/new' })
  const rollback = async (more = {}) => await admin('POST', `${prod}/rollback`, more)
  t.match((await rollback({ dryRun: true })).json, { findings: [{ severity: 'warning', code: 'route_in_use', functionName: 'new' }] })
  t.match(await rollback(), { status: 201, json: { forced: false } })
})

t.test('so many clients are named', async t => {
  const { save, drop, promote, use, addClient } = await start(t)
  await save('list', '/orders')
  await promote()
  const ids: string[] = []
  for (const name of ['F', 'A', 'C', 'B', 'D', 'E', 'G']) ids.push(await addClient(name))
  await use({ clients: ids })
  await drop('list')
  t.match((await promote()).json, { findings: [{ message: /of "A", "B", "C", "D", "E" and 2 others to prod/, usage: { clients: { length: 5 } } }] })
})
