import { readFile } from 'node:fs/promises'
import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'

const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2', IMPRUN_SANDBOXES: '2' } })
const shop = await openShop(platform)
await shop.configure('dev', { none: {} })
const kv = '/api-gateways/shop/environments/dev/kv'

t.test('increments of all workers and calls add up', async t => {
  await shop.save('count', '/count', `export default async ({ kv, query }) => {
    if (query.read) return (await kv.get('count')) ?? 0
    const [first, second] = await Promise.all([kv.increment('count'), kv.increment('count', 2)])
    return second - first
  }`)
  await shop.askUntil('dev', '/count?read=1', answer => answer.status === 200)
  const answers = await Promise.all(Array.from({ length: 200 }, async () => await shop.ask('dev', '/count')))
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal((await shop.ask('dev', '/count?read=1')).text, '600')
  t.match((await platform.admin('GET', `${kv}/count`)).json, { key: 'count', value: 600, expiresAt: null })
})

t.test('of all who compare and set, one wins each time', async t => {
  await shop.save('claim', '/claim', `export default async ({ kv, query }) => {
    if (query.ready) return 'ready'
    const found = await kv.getEntry('claim')
    return { won: await kv.compareAndSet('claim', found?.version ?? null, query.by) !== null, saw: found?.version ?? null }
  }`)
  await shop.askUntil('dev', '/claim?ready=1', answer => answer.status === 200)
  const answers = await Promise.all(Array.from({ length: 60 }, async (_value, n) => (await shop.ask('dev', `/claim?by=${n}`)).json as { won: boolean, saw: number | null }))
  const winners = answers.filter(({ won }) => won)
  t.ok(winners.length > 0)
  t.equal(new Set(winners.map(({ saw }) => saw)).size, winners.length, 'no two have won with the same version')
})

t.test('an owner and the functions of an environment see the same, and other environments do not', async t => {
  await shop.save('read', '/read', 'export default async ({ kv }) => ({ flag: await kv.get("flag") })')
  await shop.promote('prod')
  await shop.configure('prod', { none: {} })
  t.equal((await platform.admin('PUT', `${kv}/flag`, { value: { on: true } })).status, 201)
  t.strictSame((await shop.askUntil('dev', '/read', answer => answer.status === 200)).value.json, { flag: { on: true } })
  t.strictSame((await shop.askUntil('prod', '/read', answer => answer.status === 200)).value.json, { flag: null })
  t.equal((await platform.admin('DELETE', `${kv}/flag`)).status, 204)
  t.strictSame((await shop.ask('dev', '/read')).json, { flag: null })
})

t.test('the example keeps messages, and so many of each app', async t => {
  await shop.save('feedback', '/feedback', await readFile(new URL('../../examples/feedback/feedback.ts', import.meta.url), 'utf8'), ['GET', 'POST'])
  await shop.askUntil('dev', '/feedback', answer => answer.status === 200)
  const send = async (text: string): Promise<number> => (await shop.ask('dev', '/feedback', { method: 'POST', body: { text } })).status
  t.strictSame([await send('first'), await send(''), await send('second'), await send('third'), await send('fourth')], [201, 422, 201, 201, 429])
  t.match((await shop.ask('dev', '/feedback')).json, { messages: [{ text: 'first' }, { text: 'second' }, { text: 'third' }], cursor: null })
})

t.test('without the control plane operations are refused and everything else goes on; then they are back', async t => {
  await shop.save('try', '/try', 'export default async ({ kv }) => { try { return { sum: await kv.increment("try") } } catch ({ name, code, message }) { return { name, code, message } } }')
  await shop.save('plain', '/plain', 'export default () => "plain"')
  await shop.askUntil('dev', '/plain', answer => answer.status === 200)
  await shop.askUntil('dev', '/try', answer => answer.status === 200)
  const controlPlane = descendants(platform.pid).find(({ command }) => command.includes('control-plane/main.ts'))!
  process.kill(controlPlane.pid, 'SIGKILL')
  const { value } = await shop.askUntil('dev', '/try', answer => answer.text.includes('code'))
  t.strictSame(value.json, { name: 'Error', code: 'kv_unavailable', message: 'The key-value store cannot be reached; whether the operation was carried out is not known.' })
  t.equal((await shop.ask('dev', '/plain')).text, 'plain')
  await shop.askUntil('dev', '/try', answer => answer.text.includes('sum'))
  t.match((await platform.admin('GET', `${kv}/count`)).json, { value: 600 }, 'and nothing is lost')
})
