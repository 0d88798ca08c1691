import { pino } from 'pino'
import t from 'tap'
import { createLogShipper } from '../../data-plane/logs/shipper.ts'
import { createUplink } from '../../data-plane/uplink.ts'
import { dataPlaneToken } from '../support/control-plane.ts'
import { startLogApi, type ShownLine } from '../support/log-api.ts'
import { until } from '../support/until.ts'

t.test('a hundred thousand lines of one tenant are in no other tenant\'s way', async t => {
  const { url, read, clock, admin } = await startLogApi(t)
  await admin('POST', '/api-gateways', { id: 'loud', name: 'Loud' })
  const uplink = createUplink({ controlUrl: url, token: () => dataPlaneToken })
  const shipper = createLogShipper({ uplink, logger: pino({ level: 'silent' }), clock, closeMs: 60_000 })
  t.teardown(async () => await uplink.close())
  const line = { time: clock.now(), level: 'info', environment: 'dev', functionName: 'hello', versionId: 'v1', requestId: 'r1', fields: {} } as const
  const total = 100_000
  for (let n = 0; n < total; n++) {
    if (n === total / 2) shipper.write({ ...line, gatewayId: 'shop', message: 'quiet' })
    shipper.write({ ...line, gatewayId: 'loud', message: `line ${n}` })
  }
  await until('the quiet line', async () => (await read()).items, items => items.length === 1)
  await shipper.close()

  let kept = 0
  let lost = 0
  let cursor: string | null = ''
  do {
    const { json } = await admin('GET', `/api-gateways/loud/environments/dev/logs?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`)
    const page = json as { items: ShownLine[], nextCursor: string | null }
    for (const { function: name, fields } of page.items) {
      if (name === null) lost += fields.lines as number
      else kept++
    }
    cursor = page.nextCursor
  } while (cursor !== null)
  t.ok(lost > 0, `${kept} lines were kept, and ${lost} are said to be lost`)
  t.equal(kept + lost, total)
})
