import path from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { systemClock } from '#shared/clock.ts'
import { createSqliteLogStore } from '../../control-plane/store/sqlite/logs/sqlite-log-store.ts'
import { openEvents, type EventStream } from '../support/event-stream.ts'
import type { ShownLine } from '../support/log-api.ts'
import { startPlatform } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

const logs = '/api-gateways/shop/environments/dev/logs'
const speaking = `export default (ctx) => {
  ctx.log.debug('step one'); ctx.log.info('step two', { item: ctx.query.item }); ctx.log.warn('step three'); console.error('step four')
  return ctx.requestId
}`

t.test('what a function says is read and followed by its owner, also across an outage of the control plane', async t => {
  const platform = await startPlatform(t)
  const { admin, controlUrl, adminToken } = platform
  const shop = await openShop(platform)
  const { key } = await shop.addClient('dev', 'Test')
  await shop.save('speak', '/speak', speaking)
  await shop.save('silent', '/silent', 'export default () => "fine"')
  const follow = async (headers: Record<string, string> = {}): Promise<EventStream> =>
    await openEvents(t, `${controlUrl}/v1${logs}?level=warn`, { authorization: `Bearer ${adminToken}`, ...headers })
  const speak = async (): Promise<string> =>
    (await shop.askUntil('dev', '/speak?item=7', ({ status }) => status === 200, { key })).value.text
  const read = async (query: string): Promise<ShownLine[]> => {
    const { status, json } = await admin('GET', `${logs}${query}`).catch(() => ({ status: 0, json: undefined }))
    return status === 200 ? (json as { items: ShownLine[] }).items : []
  }

  const live = await follow()
  const requestId = await speak()
  t.match(await live.next(), { data: { message: 'step three', level: 'warn', function: 'speak', requestId, version: /^v[0-9a-f]+$/ } })
  t.match(await live.next(), { data: { message: 'step four', level: 'error', requestId } })
  t.match(await read(`?requestId=${requestId}`), ['step four', 'step three', 'step two', 'step one'].map(message => ({ message, requestId })))
  t.match(await read(`?requestId=${requestId}&level=info&order=asc`), [{ fields: { item: '7' } }, {}, {}])
  t.strictSame(await read('?function=silent'), [])

  const control = descendants(platform.pid).find(({ command }) => command.includes('control-plane/main.ts'))!
  process.kill(control.pid, 'SIGKILL')
  await live.end().catch(() => [])
  const during = await speak()
  await until('the lines that waited', async () => await read(`?requestId=${during}`), lines => lines.length === 4)
  const resumed = await follow({ 'last-event-id': live.lastEventId() })
  t.match(await resumed.next(), { data: { message: 'step three', requestId: during } })
  t.match(await resumed.next(), { data: { message: 'step four', requestId: during } })
})

t.test('its owner can see which limit a function has met, and the last lines before the end are kept', async t => {
  const platform = await startPlatform(t)
  const shop = await openShop(platform)
  const { key } = await shop.addClient('dev', 'Test')
  await shop.save('stall', '/stall', 'export default () => { BigInt("9".repeat(20e6)).toString() }')
  await shop.save('greedy', '/greedy', 'export default () => { const all = []; for (;;) all.push(new Array(1000).fill(1.5)) }')
  await shop.save('wrong', '/wrong', 'export default () => { throw new Error("so wrong") }')
  const codes = []
  for (const path of ['/stall', '/greedy', '/wrong']) {
    const { value } = await shop.askUntil('dev', path, ({ status }) => status !== 404, { key })
    codes.push((value.json as { code: string }).code)
  }
  t.strictSame(codes, ['function_timeout', 'function_memory_exceeded', 'function_failed'])
  const { value: lines } = await until('what the owners are told', async () => {
    const { json } = await platform.admin('GET', `${logs}?level=warn&limit=200`)
    return (json as { items: ShownLine[] }).items
  }, items => ['stall', 'greedy', 'wrong'].every(name => items.some(line => line.function === name)))
  const told = (name: string): ShownLine => lines.find(line => line.function === name && line.requestId !== null)!
  t.match(told('stall'), { message: /ended the sandbox.*750 ms.*apart/, fields: { code: 'function_timeout', maxTurnMs: 750, runsApart: true } })
  t.match(told('greedy').message, /more than 64 MB|may have \d+ MB/)
  t.match(told('wrong'), { fields: { errorMessage: 'so wrong' } })

  // So soon before the end that it has not been shipped yet.
  await shop.ask('dev', '/wrong', { key })
  const { code } = await platform.close()
  t.equal(code, 0)
  t.equal(await countWrong(t, platform.dataDir), 2)
})

async function countWrong (t: Test, dataDir: string): Promise<number> {
  const logStore = createSqliteLogStore({
    file: path.join(dataDir, 'logs.sqlite'), maxAgeMs: 86_400_000, maxBytes: 1e9, clock: systemClock, logger: pino({ level: 'silent' })
  })
  t.teardown(async () => await logStore.close())
  const query = { functionName: 'wrong', minLevel: 'error', requestId: null, since: 0, until: null, contains: null, order: 'desc' } as const
  return (await logStore.list({ gatewayId: 'shop', environment: 'dev' }, query, { limit: 100, after: null })).items.length
}
