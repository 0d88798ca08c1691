import t from 'tap'
import type { Answer } from '../support/http.ts'
import { startPlatform } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { openShop } from '../support/shop.ts'
import { until } from '../support/until.ts'

interface Explained { requestId: string, worker: number, stages: Array<{ stage: string, decision: string }>, dataPlane: { id: string, name: string } }

t.test('an owner is told what her requests have met, whichever worker has answered them, and nobody else is', { timeout: 120_000 }, async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_WORKERS: '2' } })
  const shop = await openShop(platform)
  await shop.save('hello', '/hello', 'export default () => "hello"')
  await platform.admin('POST', '/api-gateways', { id: 'other', name: 'Another' })
  const { key, id: clientId } = await shop.addClient('dev', 'Mobile')
  await shop.askUntil('dev', '/hello', answer => answer.status === 200, { key })

  const requests = '/api-gateways/shop/environments/dev/requests'
  const explain = async (requestId: string, path = requests): Promise<Answer> => await platform.admin('GET', `${path}/${requestId}`)
  /** What is kept is there a moment after the answer. */
  const explained = async (requestId: string): Promise<Explained> =>
    (await until(`the trace of ${requestId}`, async () => await explain(requestId), ({ status }) => status === 200)).value.json as Explained
  const answeredBy = new Map<number, string>()
  await until('requests that both workers have answered', async () => {
    // Each on a connection of its own: a connection is one worker's.
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await shop.ask('dev', '/hello', { key, headers: { connection: 'close' } })))
    for (const { headers } of answers) {
      const { worker, requestId } = await explained(String(headers['x-request-id']))
      answeredBy.set(worker, requestId)
    }
    return answeredBy.size
  }, size => size === 2)

  const [first, second] = [answeredBy.get(1)!, answeredBy.get(2)!]
  t.match(await explained(first), {
    requestId: first, method: 'GET', path: '/hello', status: 200, code: null, client: { id: clientId, name: 'Mobile' }, worker: 1, release: Number, revision: Number,
    function: { name: 'hello', versionId: String, path: '/hello' }, dataPlane: { id: String, name: String }
  })
  t.match((await explained(first)).stages.at(-1), { stage: 'function', decision: 'answered' })
  for (const path of ['/api-gateways/other/environments/dev/requests', '/api-gateways/shop/environments/prod/requests']) {
    t.match(await explain(first, path), { status: 404, json: { code: 'request_unknown', reason: 'not_kept', silent: [], notAsked: [] } }, 'as if it were too old')
  }
  t.match(await explain(first, '/api-gateways/nobody/environments/dev/requests'), { status: 404, json: { code: 'api_gateway_not_found' } })
  t.match(await explain('0123456789abcdef'), { status: 404, json: { code: 'request_unknown', reason: 'not_made_here' } })
  t.match(await explain('a%2Fb'), { status: 400, json: { code: 'validation_failed' } })

  const refused = await shop.ask('dev', '/nothing', { key })
  await explained(String(refused.headers['x-request-id']))
  const { json: list } = await platform.admin('GET', `${requests}?status=4xx&path=/noth*&client=${clientId}&limit=1`)
  t.match(list, { items: [{ requestId: refused.headers['x-request-id'], status: 404, code: 'route_not_found', path: '/nothing' }], silent: [], notAsked: [] })
  t.match((await platform.admin('GET', '/api-gateways/other/environments/dev/requests')).json, { items: [] })

  const made = await platform.admin('POST', '/api-gateways/shop/environments/dev/debug-tokens', { ttlSeconds: 60 })
  t.match(made, { status: 201, headers: { 'cache-control': 'no-store' }, json: { token: /^impd_/, expiresAt: String } })
  const { token } = made.json as { token: string }
  const { headers: debugged } = await shop.ask('dev', '/hello', { key, headers: { 'x-imprun-debug': token } })
  t.match(JSON.parse(String(debugged['x-imprun-debug'])), { requestId: debugged['x-request-id'], client: clientId, route: 'hello' })
  t.match(await platform.admin('POST', '/api-gateways/shop/environments/dev/debug-tokens', { ttlSeconds: 3_601 }), { status: 400, json: { code: 'validation_failed' } })
  t.match(await platform.admin('POST', '/api-gateways/shop/environments/nowhere/debug-tokens', {}), { status: 404, json: { code: 'environment_not_found' } })

  const workers = descendants(platform.pid).filter(({ command }) => command.includes('edge/worker.ts'))
  t.equal(workers.length, 2)
  const one = workers.find(({ command }) => command.trim().endsWith(' 1'))
  process.kill(one!.pid, 'SIGKILL')
  t.match(await explained(second), { worker: 2 }, 'what the other one knows is still to be had')
  const gone = await until('nobody knows of it', async () => await explain(first), ({ json }) => (json as { reason?: string }).reason === 'not_made_here')
  t.equal(gone.value.status, 404)
})
