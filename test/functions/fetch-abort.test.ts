import t from 'tap'
import type { Cancellation } from '../../data-plane/functions/runner.ts'
import { startEgress, startTarget, type Target } from '../support/egress.ts'
import { bodyJson, bodyText, makeCall, makeFunction, startFunctions } from '../support/functions.ts'

const egress = await startEgress(t)
const { call, line } = await startFunctions(t, { egressSocket: egress.socketPath })

/** A server that answers with a head, and nothing more; `/silent` gets no head either. */
async function startSlowTarget (t: Parameters<typeof startTarget>[0]): Promise<Target & { arrived: Promise<void> }> {
  const arrived = Promise.withResolvers<void>()
  const target = await startTarget(t, (request, response) => {
    if (request.url !== '/silent') response.write('first')
    arrived.resolve()
  })
  return { ...target, arrived: arrived.promise }
}

t.test('an aborted request rejects with the reason, and ends at the server too', async t => {
  const target = await startSlowTarget(t)
  const fn = await makeFunction(`export default async () => {
    const controller = new AbortController()
    const caught = async promise => { try { await promise } catch (e) { return [e.name, e.message] } }
    const silent = caught(fetch('${target.origin}/silent', { signal: controller.signal }))
    const response = await fetch('${target.origin}/body', { signal: controller.signal })
    const text = caught(response.text())
    controller.abort()
    const own = new AbortController()
    own.abort(new RangeError('mine'))
    return [await silent, await text, await caught(fetch('${target.origin}', { signal: own.signal }))]
  }`)
  const aborted = ['AbortError', 'This operation was aborted']
  t.strictSame(bodyJson(await call(fn)), [aborted, aborted, ['RangeError', 'mine']])
  await target.disconnected()
})

t.test('AbortSignal.timeout', async t => {
  const target = await startSlowTarget(t)
  const fn = await makeFunction(`export default async () => {
    try { await fetch('${target.origin}/silent', { signal: AbortSignal.timeout(30) }) } catch (e) { return [e.name] }
  }`)
  t.strictSame(bodyJson(await call(fn)), ['TimeoutError'])
  await target.disconnected()
})

t.test('a body that is cancelled ends at the server', async t => {
  const target = await startSlowTarget(t)
  const fn = await makeFunction(`export default async ctx => {
    const { body } = await fetch('${target.origin}/body')
    await body.cancel()
    return new Promise(resolve => { setTimeout(resolve, 5000, 'late'); ctx.request.signal.addEventListener('abort', resolve) })
  }`)
  const answer = call(fn, {})
  await target.arrived
  await target.disconnected()
  t.pass('while the call goes on')
  answer.catch(() => undefined)
})

t.test('what a call has begun ends with its answer', async t => {
  const target = await startSlowTarget(t)
  const fn = await makeFunction(`export default async ctx => {
    if (ctx.path === '/late') return String(globalThis.late)
    fetch('${target.origin}/silent').catch(e => { globalThis.late = e.name + ': ' + e.message })
    const response = await fetch('${target.origin}/body')
    return String(response.status)
  }`)
  t.equal(bodyText(await call(fn)), '200')
  await target.disconnected()
  t.equal(bodyText(await call(fn, { path: '/late' })), 'TypeError: the call that made the request has ended')
})

t.test('and with its time', async t => {
  const target = await startSlowTarget(t)
  const fn = await makeFunction(`export default async () => { await fetch('${target.origin}/silent') }`, { timeoutMs: 300 })
  await t.rejects(call(fn), { code: 'function_timeout' })
  await target.disconnected()
})

t.test('and when nobody waits for it any more', async t => {
  const target = await startSlowTarget(t)
  const { call, runner, line } = await startFunctions(t, { egressSocket: egress.socketPath })
  const fn = await makeFunction(`export default async ctx => {
    ctx.request.signal.addEventListener('abort', () => console.log('nobody waits'))
    await fetch('${target.origin}/silent')
  }`)
  const cancellation: Cancellation = { running: null }
  const answer = runner.call(fn, makeCall(), cancellation)
  await target.arrived
  cancellation.running?.cancel()
  await t.rejects(answer)
  await target.disconnected()
  await line(({ message }) => message === 'nobody waits')
  t.equal(bodyText(await call(await makeFunction('export default () => "fine"'))), 'fine')
})

t.test('a request is made for a call, and for nothing else', async t => {
  const target = await startTarget(t)
  await t.rejects(call(await makeFunction(`fetch('${target.origin}').catch(e => console.log('at load: ' + e.message)); export default () => {}; throw 1`)), { code: 'function_failed' })
  await line(({ message }) => message.includes('at load: fetch is possible only while a call is being answered'))

  const later = await makeFunction(`export default ctx => {
    if (ctx.path === '/result') return new Promise(resolve => setTimeout(() => resolve(String(globalThis.result)), 5))
    setTimeout(() => { fetch('${target.origin}').catch(e => { globalThis.result = e.name }) }, 0)
    return 'answered'
  }`)
  t.equal(bodyText(await call(later)), 'answered')
  t.equal(bodyText(await call(later, { path: '/result' })), 'TypeError', 'the timer goes on, and its call is over')
  t.equal(target.requests.length, 0)
})

t.test('each call ends its own requests only', async t => {
  const held: Array<{ end: (text: string) => void }> = []
  const bothHeld = Promise.withResolvers<void>()
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/quick') return void response.end('quick')
    if (request.url === '/held' && held.push(response) === 2) bothHeld.resolve()
  })
  const fn = await makeFunction(`export default async ctx => {
    await null
    await (await fetch('${target.origin}/quick')).text()
    if (ctx.path === '/quick') { fetch('${target.origin}/forgotten').catch(() => {}); return 'quick' }
    await new Promise(resolve => setTimeout(resolve, 1))
    return (await fetch('${target.origin}/held')).text()
  }`)
  const slow = [call(fn), call(fn)]
  t.equal(bodyText(await call(fn, { path: '/quick' })), 'quick')
  await bothHeld.promise
  t.equal(bodyText(await call(fn, { path: '/quick' })), 'quick')
  for (const response of held) response.end('held')
  t.strictSame((await Promise.all(slow)).map(bodyText), ['held', 'held'])
})
