import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call, line, lines } = await startFunctions(t)

t.test('a call that nobody waits for any more is told so through its signal', async t => {
  lines.length = 0
  const fn = await makeFunction(`let aborted = 0
  export default (ctx) => {
    if (ctx.path === '/count') return String(aborted)
    ctx.request.signal.addEventListener('abort', () => { aborted++; ctx.log.info('aborted') })
    return new Promise(() => {})
  }`, { timeoutMs: 1500 })
  await t.rejects(call(fn), { code: 'function_timeout' })
  t.match(await line(({ message }) => message === 'aborted'), { requestId: null })
  t.equal(bodyText(await call(fn, { path: '/count' })), '1')
})

t.test('a listener of the signal that loops is stopped', async t => {
  lines.length = 0
  const fn = await makeFunction(`export default (ctx) => {
    if (ctx.path === '/fine') return 'fine'
    ctx.request.signal.addEventListener('abort', () => { for (;;); })
    return new Promise(() => {})
  }`, { timeoutMs: 1500 })
  await t.rejects(call(fn), { code: 'function_timeout' })
  await line(({ message }) => message.includes('was stopped'))
  t.equal(bodyText(await call(fn, { path: '/fine' })), 'fine')
})
