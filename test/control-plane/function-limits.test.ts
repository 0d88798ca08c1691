import t from 'tap'
import { effectiveLimits, functionLimitRanges, type FunctionLimits } from '#shared/function-limits.ts'
import { startControlPlane } from '../support/control-plane.ts'

const functions = '/api-gateways/shop/functions'
const hello = { methods: ['GET'], path: '/hello', source: 'export default () => 1' }

t.test('limits are shown as they hold, stored with the version and released with it', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const limits = effectiveLimits({ cpuMs: 250, logBytes: 2_048 })
  const saved = await admin('PUT', `${functions}/hello`, { ...hello, limits: { cpuMs: 250, logBytes: 2_048 } })
  t.match(saved, { status: 201, json: { limits } })
  t.match((await admin('GET', `${functions}/hello`)).json, { limits })
  t.match((await admin('GET', functions)).json, { items: [{ limits }] })
  t.match((await admin('GET', `${functions}/hello/versions`)).json, { items: [{ limits }] })
  t.strictSame((await store.getRelease({ gatewayId: 'shop', environment: 'dev' }, 1))?.routes[0]?.limits, limits)

  const { version } = saved.json as { version: string }
  const same = await admin('PUT', `${functions}/hello`, { ...hello, limits: { logBytes: 2_048, cpuMs: 250, memoryMb: functionLimitRanges.memoryMb.default } })
  t.match(same.json, { version, release: 1 }, 'asking for a default is asking for nothing')
  const other = await admin('PUT', `${functions}/hello`, { ...hello, limits: { cpuMs: 251, logBytes: 2_048 } })
  t.not((other.json as { version: string }).version, version)
  const usual = await admin('PUT', `${functions}/hello`, hello)
  t.match(usual.json, { limits: effectiveLimits() }, 'what is left out goes back to its default')
})

t.test('promotions and selections bring the limits of their version along', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const save = async (memoryMb: number) => (await admin('PUT', `${functions}/hello`, { ...hello, limits: { memoryMb } })).json as { version: string }
  const { version } = await save(32)
  const released = async (environment: string) => {
    const { json } = await admin('GET', `/api-gateways/shop/environments/${environment}/releases`)
    return (json as { items: Array<{ routes: Array<{ limits: FunctionLimits }> }> }).items.map(({ routes }) => routes[0]?.limits.memoryMb)
  }
  await admin('POST', '/api-gateways/shop/environments/staging/releases', { from: 'dev' })
  await save(48)
  await admin('POST', '/api-gateways/shop/environments/dev/releases', { functions: { hello: version } })
  t.strictSame(await released('staging'), [32])
  t.strictSame(await released('dev'), [32, 48, 32])
})

t.test('each has a floor and a ceiling, and the problem says which was passed', async t => {
  const { admin, store } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  for (const [name, { min, max }] of Object.entries(functionLimitRanges)) {
    const pointer = `/limits/${name}`
    const ask = async (value: unknown) => await admin('PUT', `${functions}/hello?deploy=false`, { ...hello, limits: { [name]: value } })
    t.match(await ask(max + 1), { status: 400, json: { code: 'validation_failed', errors: [{ pointer, detail: `must be ${max} or less` }] } }, name)
    t.match(await ask(min - 1), { status: 400, json: { errors: [{ pointer, detail: `must be ${min} or more` }] } }, name)
    for (const value of ['1000', 100.5, null]) t.match(await ask(value), { status: 400, json: { errors: [{ pointer, detail: 'must be a whole number' }] } }, `${name} ${String(value)}`)
    t.match((await ask(max)).json, { limits: { [name]: max } })
    t.match((await ask(min)).json, { limits: { [name]: min } })
  }
  t.match(await admin('PUT', `${functions}/hello`, { ...hello, limits: { diskMb: 1 } }), { status: 400, json: { errors: [{ pointer: '/limits/diskMb', detail: 'is not a known field' }] } })
  t.equal((await store.listReleases({ gatewayId: 'shop', environment: 'dev' }, { limit: 1, after: null })).items.length, 0)
})
