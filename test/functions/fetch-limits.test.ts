import t from 'tap'
import { effectiveLimits } from '#shared/function-limits.ts'
import { functionLimits } from '../../data-plane/functions/limits.ts'
import { startEgress, startTarget } from '../support/egress.ts'
import { bodyJson, bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const egress = await startEgress(t)
const { call } = await startFunctions(t, { egressSocket: egress.socketPath })

t.test('a call makes so many requests as it may, and the next call as many again', async t => {
  const target = await startTarget(t)
  const fn = await makeFunction(`export default async () => {
    let made = 0
    try { for (;;) { await (await fetch('${target.origin}')).text(); made++ } } catch (e) { return [made, e.name, e.message, e.cause.code] }
  }`, { limits: effectiveLimits({ outboundRequests: 3 }) })
  const expected = [3, 'TypeError', 'a call may make 3 outbound requests (outboundRequests)', 'too_many_requests']
  t.strictSame(bodyJson(await call(fn)), expected)
  t.strictSame((await Promise.all([call(fn), call(fn)])).map(bodyJson), [expected, expected], 'also side by side')
})

t.test('a function has so many at a time, and the others wait', async t => {
  const held: Array<{ end: () => void }> = []
  const full = Promise.withResolvers<void>()
  let most = 0
  const target = await startTarget(t, (_request, response) => {
    held.push(response)
    most = Math.max(most, held.length)
    if (held.length === functionLimits.concurrentRequests) full.resolve()
    if (isOpen) release()
  })
  let isOpen = false
  const release = (): void => { for (const response of held.splice(0)) response.end() }
  const fn = await makeFunction(`export default async () => (await Promise.all(Array.from({ length: 40 }, () => fetch('${target.origin}')))).length`)
  const answer = call(fn)
  await full.promise
  isOpen = true
  release()
  t.equal(bodyText(await answer), '40')
  t.equal(most, functionLimits.concurrentRequests)
})

t.test('tenants share no connection; versions of one environment do', async t => {
  const target = await startTarget(t)
  const source = `export default async () => (await fetch('${target.origin}')).text()`
  const first = await makeFunction(source)
  await call(first)
  await call(first)
  await call(await makeFunction(source, { functionName: 'other' }))
  t.equal(target.sockets.length, 1)
  await call(await makeFunction(source, { environment: 'prod' }))
  t.equal(target.sockets.length, 2, 'another environment')
  await call(await makeFunction(source, { gatewayId: 'elsewhere' }))
  t.equal(target.sockets.length, 3, 'another gateway')
})

t.test('a response that nobody reads is not fetched, and memory stays where it is', async t => {
  const chunk = Buffer.alloc(65_536, 'a')
  let written = 0
  const stuck = Promise.withResolvers<void>()
  const target = await startTarget(t, (_request, response) => {
    const write = (): void => {
      while (written < 40_000_000) {
        written += chunk.length
        if (!response.write(chunk)) return void setTimeout(() => { if (response.writableNeedDrain) stuck.resolve() }, 500)
      }
      response.end()
    }
    response.on('drain', write)
    write()
  })
  const fn = await makeFunction(`let held
  async function count (body) { let bytes = 0; for await (const chunk of body) bytes += chunk.length; return bytes }
  export default async ctx => {
    if (ctx.path === '/hold') { held = await fetch('${target.origin}'); return new Promise(resolve => { held.go = resolve }) }
    if (ctx.path === '/go') { held.go(count(held.body)); return 'went' }
  }`, { timeoutMs: 20_000 })
  const answer = call(fn, { path: '/hold' })
  await stuck.promise
  t.ok(written < 24_000_000, `the server has written ${written} bytes`)
  await call(fn, { path: '/go' })
  t.equal(bodyText(await answer), String(written))
})
