import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import type { Admin } from '../support/http.ts'

const gateway = '/api-gateways/shop'
const staging = `${gateway}/environments/staging`

async function prepare (admin: Admin): Promise<void> {
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await admin('PUT', `${gateway}/functions/f`, { methods: ['GET'], path: '/', source: 'export default () => 1' })
}

async function findings (admin: Admin): Promise<unknown> {
  return ((await admin('POST', `${staging}/releases`, { from: 'dev', dryRun: true })).json as { findings: unknown }).findings
}

t.test('an environment that nobody can call is said to be one', async t => {
  const { admin } = await startControlPlane(t)
  await prepare(admin)
  const nobody = [{ severity: 'warning', code: 'no_clients', message: 'staging asks for the key of a client and has none that is enabled: nobody can call it.' }]
  t.strictSame(await findings(admin), nobody)
  const { id } = (await admin('POST', `${staging}/clients`, { name: 'Mobile', enabled: false })).json as { id: string }
  t.strictSame(await findings(admin), nobody)
  await admin('PATCH', `${staging}/clients/${id}`, { enabled: true })
  t.strictSame(await findings(admin), [])
  await admin('DELETE', `${staging}/clients/${id}`)
  await admin('PATCH', staging, { config: { plugins: { 'key-auth': {} } } })
  t.strictSame(await findings(admin), nobody)
})

t.test('where no key is asked for, clients do not matter', async t => {
  const { admin } = await startControlPlane(t)
  await prepare(admin)
  await admin('PATCH', gateway, { config: { plugins: { none: {} } } })
  t.strictSame(await findings(admin), [])
})

t.test('enabled clients that have no valid key are named', async t => {
  const { admin, clock } = await startControlPlane(t)
  await prepare(admin)
  await admin('POST', `${staging}/clients`, { name: 'Mobile' })
  await admin('POST', `${staging}/clients`, { name: 'Off', enabled: false, expiresAt: new Date(clock.now() + 1_000).toISOString() })
  await admin('POST', `${staging}/clients`, { name: 'Old', expiresAt: new Date(clock.now() + 1_000).toISOString() })
  const clients = [{ name: 'Brought' }]
  await admin('PUT', `${gateway}/import`, { apiVersion: 'imprun/v1', kind: 'ApiGateway', name: 'Shop', environments: [{ name: 'staging', clients }] })
  const message = async (): Promise<unknown> => {
    const [finding] = await findings(admin) as Array<{ severity: string, code: string, message: string }>
    if (finding !== undefined) t.match(finding, { severity: 'warning', code: 'client_without_key' })
    return finding?.message
  }
  t.equal(await message(), 'Enabled clients of staging that have no valid key: "Brought" was imported, and its key has to be regenerated.')
  clock.advance(1_000)
  const both = String(await message())
  t.match(both, /"Old" has expired/)
  t.notMatch(both, /Off|Mobile/)
  const { items } = (await admin('GET', `${staging}/clients`)).json as { items: Array<{ id: string, name: string }> }
  const idOf = (name: string): string => items.find(client => client.name === name)!.id
  await admin('PATCH', `${staging}/clients/${idOf('Brought')}`, { description: 'still without' })
  t.match(await message(), /"Brought" was imported/)
  await admin('POST', `${staging}/clients/${idOf('Brought')}/regenerate-key`)
  t.equal(await message(), 'Enabled clients of staging that have no valid key: "Old" has expired.')
  await admin('PATCH', `${staging}/clients/${idOf('Old')}`, { expiresAt: null })
  t.equal(await message(), undefined)
})

t.test('of many, ten are named', async t => {
  const { admin, clock } = await startControlPlane(t)
  await prepare(admin)
  const expiresAt = new Date(clock.now() - 1).toISOString()
  for (let n = 0; n < 12; n++) await admin('POST', `${staging}/clients`, { name: `C${n}`, expiresAt })
  t.match(await findings(admin), [{ message: /(?:"C\d+" has expired; ){10}2 more\.$/ }])
})
