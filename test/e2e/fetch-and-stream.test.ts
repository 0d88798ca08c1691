import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import t from 'tap'
import { environmentDomain } from '#shared/host.ts'
import { reachable, startTarget } from '../support/egress.ts'
import { startPlatform } from '../support/platform.ts'
import { descendants } from '../support/processes.ts'
import { openShop, shopId } from '../support/shop.ts'
import { until } from '../support/until.ts'

const platform = await startPlatform(t, { env: { IMPRUN_EGRESS_ALLOW: `${reachable}/32` } })
const shop = await openShop(platform)
const { key } = await shop.addClient('dev', 'Mobile')

t.test('a function calls another service, and not this machine', async t => {
  const target = await startTarget(t, (request, response) => { response.end(`seen ${request.url}`) })
  await shop.save('call', '/call/:host', `export default async ctx => {
    try {
      return await fetch('http://' + ctx.params.host + ':${target.port}/path')
    } catch (error) {
      return { name: error.name, message: error.message, code: error.cause.code }
    }
  }`)
  const { value } = await shop.askUntil('dev', `/call/${reachable}`, answer => answer.status === 200, { key })
  t.equal(value.text, 'seen /path')
  t.strictSame((await shop.ask('dev', '/call/127.0.0.1', { key })).json, { name: 'TypeError', message: 'address 127.0.0.1 is not public', code: 'address_not_public' })

  const egress = (): number => descendants(platform.pid).find(({ command }) => command.includes('egress.cjs'))!.pid
  const before = egress()
  process.kill(before, 'SIGKILL')
  await shop.askUntil('dev', `/call/${reachable}`, answer => answer.text === 'seen /path', { key })
  t.not(egress(), before, 'another egress follows')
})

t.test('an event reaches a client that listens before the function goes on, and the function hears that she has left', async t => {
  let go: { end: () => void } | undefined
  const target = await startTarget(t, (_request, response) => { go = response })
  await shop.save('events', '/events', `export default ctx => {
    if (ctx.query.ready) return 'ready'
    async function * events () {
      yield 'id: 1\\nevent: step\\ndata: {"n":1}\\n\\n'
      await (await fetch('${target.origin}/wait')).text()
      yield ': a comment\\n\\ndata: two\\ndata: lines\\n\\n'
      await new Promise(resolve => ctx.request.signal.addEventListener('abort', resolve))
    }
    ctx.request.signal.addEventListener('abort', () => console.log('she has left'))
    return new Response(events(), { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
  }`)
  await shop.askUntil('dev', '/events?ready=1', answer => answer.status === 200, { key })
  const { next, leave } = listen('/events')
  t.strictSame(await next(), { id: '1', event: 'step', data: '{"n":1}' })
  if (go === undefined) await new Promise(resolve => target.server.once('request', resolve))
  go?.end()
  t.strictSame(await next(), { data: 'two\nlines' })
  leave()
  await until('the function hears it', () => platform.output(), output => output.includes('she has left'))
})

t.test('the example counts down', async t => {
  await shop.save('countdown', '/countdown/:from', await readFile(new URL('../../examples/stream/countdown.ts', import.meta.url), 'utf8'))
  await shop.askUntil('dev', '/countdown/0', answer => answer.status === 400, { key })
  const { next, leave } = listen('/countdown/1')
  t.strictSame([await next(), await next()], [{ event: 'tick', data: '{"left":1}' }, { event: 'done', data: '{}' }])
  leave()
})

t.test('a stream that fails is not taken for whole', async t => {
  await shop.save('broken', '/broken', 'export default async function * (ctx) { if (ctx.query.ready) return; yield "some"; await new Promise(resolve => setTimeout(resolve, 5)); throw new Error("broken") }')
  await shop.askUntil('dev', '/broken?ready=1', answer => answer.status === 200, { key })
  await t.rejects(shop.ask('dev', '/broken', { key }))
  const curl = spawn('curl', ['-sN', ...curlArguments('/broken')])
  t.equal(await new Promise(resolve => curl.once('close', resolve)), 18, 'curl: a partial file')
})

function curlArguments (path: string): string[] {
  const { port } = new URL(platform.dataUrl)
  return ['-H', `host: ${environmentDomain(shopId, 'dev', 'localhost')}`, '-H', `x-api-key: ${key}`, `http://127.0.0.1:${port}${path}`]
}

/** Reads events as `EventSource` does (HTML, section 9.2.6), from `curl -N`. */
function listen (path: string): { next: () => Promise<Record<string, string>>, leave: () => void } {
  const curl = spawn('curl', ['-sN', '-H', 'accept: text/event-stream', ...curlArguments(path)])
  t.teardown(() => { curl.kill() })
  const lines = createInterface(curl.stdout)[Symbol.asyncIterator]()
  const next = async (): Promise<Record<string, string>> => {
    const event: Record<string, string> = {}
    for (;;) {
      const { done, value: line } = await lines.next()
      if (done === true) throw new Error('The stream has ended')
      if (line === '' && event.data !== undefined) return event
      const [, field, value] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? []
      if (field !== undefined && field !== '') event[field] = field === 'data' && event.data !== undefined ? `${event.data}\n${value}` : value ?? ''
    }
  }
  return { next, leave: () => { curl.kill() } }
}
