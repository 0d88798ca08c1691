import t, { type Test } from 'tap'
import { kvLimits, maxKvBatch, type KvOperation } from '#shared/kv.ts'
import { createUplink, type Uplink } from '../../data-plane/uplink.ts'
import { get, increment, list, set } from '../contract/kv-operations.ts'
import { dataPlaneToken, startControlPlane, type ControlPlane } from '../support/control-plane.ts'

interface Asked {
  plane: ControlPlane
  uplink: Uplink
  /** One batch for the shop's dev. */
  ask: (...operations: KvOperation[]) => Promise<unknown>
}

async function start (t: Test): Promise<Asked> {
  const plane = await startControlPlane(t)
  await plane.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const uplink = createUplink({ controlUrl: plane.url, token: () => dataPlaneToken })
  t.teardown(async () => await uplink.close())
  const ask: Asked['ask'] = async (...operations) =>
    (await uplink.post('/kv', { requests: operations.map(operation => ({ gatewayId: 'shop', environment: 'dev', operation })) }) as { answers: unknown }).answers
  return { plane, uplink, ask }
}

t.test('a batch is answered operation by operation', async t => {
  const { ask, plane } = await start(t)
  t.strictSame(await ask(set('a', '{"__proto__":1}', 60), get('a'), increment('a'), increment('n', 5), list()), [
    { result: { version: 1, expiresAt: '2030-01-01T00:01:00.000Z' }, error: null },
    { result: { value: '{"__proto__":1}', version: 1, expiresAt: '2030-01-01T00:01:00.000Z' }, error: null },
    { result: null, error: { code: 'kv_type_mismatch', message: 'The value under this key is not an integer, and cannot be incremented.' } },
    { result: 5, error: null },
    { result: { keys: [{ key: 'a', expiresAt: '2030-01-01T00:01:00.000Z' }, { key: 'n', expiresAt: null }], next: null }, error: null }
  ])
  t.strictSame(await ask(), [])
  t.match((await plane.admin('GET', '/api-gateways/shop/environments/dev/kv/a')).text, /"value":\{"__proto__":1\}/, 'and what no body may hold is shown as it is')
})

t.test('what a data plane has let through is refused by itself', async t => {
  const { ask } = await start(t)
  const long = JSON.stringify('x'.repeat(kvLimits.valueBytes))
  t.match(await ask(set('a', '{'), set('b', 'undefined'), set('c', long), get('€'.repeat(171)), set('d', '1'), list('€'.repeat(171)), list('x'.repeat(512)), set('e', '')), [
    { error: { code: 'kv_value_invalid' } }, { error: { code: 'kv_value_invalid' } }, { error: { code: 'kv_limit_exceeded' } }, { error: { code: 'kv_key_invalid' } },
    { result: { version: 1 } }, { error: { code: 'kv_key_invalid' } }, { result: { keys: [] } }, { error: { code: 'kv_value_invalid' } }
  ])
})

t.test('what is no batch is refused as a whole', async t => {
  const { uplink, ask } = await start(t)
  const one = { gatewayId: 'shop', environment: 'dev', operation: get('a') }
  const refused = { failure: 'refused', status: 400, code: 'validation_failed' }
  const bodies = [
    {}, { requests: [{ ...one, operation: { op: 'drop' } }] }, { requests: [{ ...one, operation: set('a\0', '1') }] }, { requests: [{ ...one, gatewayId: '../x' }] },
    { requests: [{ ...one, more: 1 }] }, { requests: [{ ...one, operation: increment('a', 1.5) }] }, { requests: [{ ...one, operation: set('a', '1', 0) }] },
    { requests: [{ ...one, operation: list('', 0) }] }, { requests: Array.from({ length: maxKvBatch + 1 }, () => one) }
  ]
  for (const body of bodies) await t.rejects(uplink.post('/kv', body), refused, JSON.stringify(body).slice(0, 100))
  t.equal((await ask(...Array.from({ length: maxKvBatch }, () => get('a'))) as unknown[]).length, maxKvBatch)
  const large = set('a', JSON.stringify('"'.repeat(32_000)))
  t.equal((await ask(...Array.from({ length: 10 }, () => large)) as unknown[]).length, 10)
})

t.test('who has the admin token has no business here, and a closed store is told from a refusal', async t => {
  const { plane, uplink } = await start(t)
  t.equal((await plane.admin('POST', '/data-plane/kv', { requests: [] })).status, 401)
  await plane.store.close()
  const unreachable = { failure: 'unreachable', status: 503, code: null }
  await t.rejects(uplink.post('/kv', { requests: [{ gatewayId: 'shop', environment: 'dev', operation: get('a') }] }), unreachable)
})
