import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const environment = (name: string): string => `${gateway}/environments/${name}`
const limit = { 'limit-count': { count: 1, windowSeconds: 1 } }
const cors = { cors: { allowOrigins: ['*'] } }

async function prepare (admin: Admin): Promise<void> {
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('POST', `${environment('staging')}/clients`, { name: 'Mobile' })
  await admin('PUT', `${gateway}/functions/f`, { methods: ['GET'], path: '/', source: 'export default () => 1' })
}

async function findings (admin: Admin, request: object = { from: 'dev' }): Promise<unknown> {
  return ((await admin('POST', `${environment('staging')}/releases`, { ...request, dryRun: true })).json as { findings: unknown }).findings
}

t.test('plugins that the environment before has, and this one has not, are named', async t => {
  const { admin } = await startControlPlane(t)
  await prepare(admin)
  await admin('PATCH', gateway, { config: { plugins: { 'served-by': {} } } })
  await admin('PATCH', environment('dev'), { config: { plugins: { ...limit, ...cors } } })
  t.strictSame(await findings(admin), ['cors', 'limit-count'].map(plugin => ({
    severity: 'warning', code: 'plugin_missing', message: `dev has the plugin ${plugin}, and staging does not.`, plugin
  })), 'but for what the gateway gives to both')
  await admin('PATCH', environment('staging'), { config: { plugins: { 'limit-count': { count: 9, windowSeconds: 9 } } } })
  t.match(await findings(admin), [{ plugin: 'cors' }], 'with whatever settings')
  await admin('PATCH', gateway, { config: { plugins: cors } })
  t.strictSame(await findings(admin), [])
  t.equal((await admin('POST', `${environment('staging')}/releases`, { from: 'dev' })).status, 201)
})

t.test('what is not a promotion is compared with no other environment', async t => {
  const { admin } = await startControlPlane(t)
  await prepare(admin)
  await admin('PATCH', environment('dev'), { config: { plugins: cors } })
  t.strictSame(await findings(admin, { functions: { f: 1 } }), [])
})

t.test('an environment that lets everybody in says so, where the one before does not', async t => {
  const { admin } = await startControlPlane(t)
  await prepare(admin)
  await admin('PATCH', environment('staging'), { config: { plugins: { none: {} } } })
  t.strictSame(await findings(admin), [{
    severity: 'warning', code: 'authentication_missing', message: 'dev asks who calls, and staging lets everybody in.', plugin: 'none'
  }])
  await admin('PATCH', environment('dev'), { config: { plugins: { none: {} } } })
  t.strictSame(await findings(admin), [])
  await admin('PATCH', environment('staging'), { config: { plugins: { none: null } } })
  t.strictSame(await findings(admin), [], 'the other way round is nothing to warn of')
})
