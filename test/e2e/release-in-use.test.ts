import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

interface Finding { severity: string, code: string, message: string, seenAtRunTime?: boolean }

t.test('a release is looked at with what clients use and what functions read', async t => {
  const platform = await startPlatform(t)
  const { admin } = platform
  const shop = await openShop(platform)
  const gateway = '/api-gateways/shop'
  await admin('PATCH', gateway, { environments: ['dev', 'prod', 'staging'] })
  const promote = async (more: object) => await admin('POST', `${gateway}/environments/prod/releases`, { from: 'dev', ...more })
  await shop.save('list', '/orders', 'export default () => []')
  await shop.save('feature', '/features/:name', 'export default ctx => ctx.env["FEATURE_" + ctx.params.name] ?? "unset"')
  await shop.promote('prod')
  const { key, id } = await shop.addClient('prod', 'Mobile')
  const dev = await shop.addClient('dev', 'Test')

  await t.test('a route that a client has asked is not taken away, unless that is said', async t => {
    await shop.askUntil('prod', '/orders', ({ status }) => status === 200, { key })
    await until('the use is known', async () => await admin('GET', `${gateway}/environments/prod/usage`), ({ json }) => (json as { items: unknown[] }).items.length > 0)
    t.match((await admin('GET', `${gateway}/environments/prod/usage`)).json, { items: [{ functionName: 'list', method: 'GET', path: '/orders', requests: 1, clients: [id], moreClients: false }] })
    await admin('DELETE', `${gateway}/functions/list`)
    t.match(await promote({}), { status: 409, json: { code: 'release_refused', findings: [{ severity: 'refusal', code: 'route_in_use', message: /^GET \/orders .* 1 request of "Mobile" to prod/ }] } })
    t.equal((await shop.ask('prod', '/orders', { key })).status, 200)
    t.match((await promote({ force: true })).json, { forced: true })
  })

  await t.test('a variable whose name is made up at run time is missed where it was read', async t => {
    await shop.setVariable('dev', 'FEATURE_dark', 'on')
    await shop.save('feature', '/features/:name', 'export default ctx => ctx.env["FEATURE_" + ctx.params.name] ?? "none at all"')
    // Only this version says so: it is the one that was seen to read it.
    await shop.askUntil('dev', '/features/light', ({ text }) => text === 'none at all', { key: dev.key })
    await shop.askUntil('dev', '/features/dark', ({ text }) => text === 'on', { key: dev.key })
    const { value } = await until('the name is known', async () => {
      const { findings } = (await promote({ dryRun: true })).json as { findings: Finding[] }
      return findings.filter(({ code }) => code === 'variable_missing')
    }, findings => findings.length > 0)
    t.match(value, [{ severity: 'refusal', seenAtRunTime: true, message: '"feature" was seen to read the variable FEATURE_dark, which prod does not have, and dev does.' }])
    t.equal((await promote({})).status, 409)
    await shop.setVariable('prod', 'FEATURE_dark', 'off')
    t.match((await promote({})).json, { forced: false })
  })
})
