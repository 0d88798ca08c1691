import t from 'tap'
import { startDataPlane } from '../support/data-plane-process.ts'
import { descendants, killAll, sandboxesOf } from '../support/processes.ts'
import { startPlatform } from '../support/platform.ts'
import { openShop, shopId } from '../support/shop.ts'
import { canMount, mountSmallDisk } from '../support/small-disk.ts'
import { until } from '../support/until.ts'

const settings = { IMPRUN_DATA_PLANE_TOKEN: 'token-of-the-data-plane', IMPRUN_SECRET_KEY: 'A'.repeat(43) }
const host = `${shopId}-dev.api.localhost`
const lookEvery10Ms = 3_000

// A busy machine takes its time for the processes that this starts.
t.setTimeout(180_000)

interface Listed { id: string, connected: boolean, trouble: string | null, revision: number, lag: { revisions: number } }

t.test('a data plane whose disk is full serves what it has, says so, and goes on when there is room', { skip: canMount() ? false : 'file systems cannot be mounted here' }, async t => {
  const disk = mountSmallDisk(t, 16)
  const platform = await startPlatform(t, { env: settings })
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  const { key, id } = await shop.addClient('dev', 'Mobile')
  const plane = await startDataPlane(t, disk.directory, { ...settings, IMPRUN_CONTROL_URL: platform.controlUrl })
  const ask = async (): Promise<string> => {
    const { status, text } = await plane.traffic(host, '/hello', { key })
    return status === 200 ? text : String(status)
  }
  const listed = async (): Promise<Listed[]> => ((await platform.admin('GET', '/data-planes')).json as { items: Listed[] }).items
  await until('it serves', ask, answer => answer === 'hello', lookEvery10Ms)
  const trusted = () => descendants(plane.child.pid!).filter(({ command }) => /supervisor-process|edge\/worker|egress\/main/.test(command)).map(({ pid }) => pid)
  const processes = trusted()

  disk.fill()
  await shop.save('large', '/large', `export default () => ${JSON.stringify('x'.repeat(200_000))}.length`)
  const { value: full } = await until('it says what is wrong', listed, items => items.some(({ trouble }) => trouble !== null), lookEvery10Ms)
  const troubled = full.find(({ trouble }) => trouble !== null)!
  t.match(troubled, { connected: true, trouble: 'replica_unwritable', lag: { revisions: Number } })
  t.ok(troubled.lag.revisions > 0, 'and acknowledges nothing')
  t.match((await plane.traffic('localhost', '/readyz')), { status: 200, json: { status: 'ready', trouble: 'replica_unwritable' } })
  const change = await platform.admin('PUT', `/api-gateways/${shopId}/environments/dev/variables/A?wait=applied&timeoutMs=100`, { value: '1' })
  t.match(change.headers, { 'x-imprun-applied': 'false', 'x-imprun-waiting-for': troubled.id })
  for (let i = 0; i < 20; i++) t.equal(await ask(), 'hello', 'traffic goes on')
  t.match(plane.output(), /the replica cannot be written/)
  killAll(sandboxesOf(plane.child.pid!))
  await until('other sandboxes', ask, answer => answer === 'hello', lookEvery10Ms)

  disk.free()
  const { value: large } = await until('the change is served', async () => await plane.traffic(host, '/large', { key }), ({ status }) => status === 200, lookEvery10Ms)
  t.equal(large.text, '200000')
  await until('it acknowledges', listed, items => items.every(({ trouble, lag }) => trouble === null && lag.revisions === 0), lookEvery10Ms)
  t.strictSame((await plane.traffic('localhost', '/readyz')).json, { status: 'ready' })
  await platform.admin('DELETE', `/api-gateways/${shopId}/environments/dev/clients/${id}?wait=applied`)
  t.equal(await ask(), '401', 'and follows as before')
  t.strictSame(trusted(), processes, 'in the same processes')
})
