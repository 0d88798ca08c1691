import t from 'tap'
import { makeFunction, startFunctions } from '../support/functions.ts'

const { call, lines } = await startFunctions(t)

t.test('ctx.log and console reach the owner, with the call they belong to', async t => {
  lines.length = 0
  const fn = await makeFunction(`export default async (ctx) => {
    ctx.log.debug('one'); ctx.log.info('two', { n: 2, deep: { x: [1] } }); ctx.log.warn('three', 'text'); ctx.log.error(new Error('four'))
    await null
    console.log('five', 5)
    ctx.log.info('six', { __proto__: null, toJSON () { throw new Error('no') } })
    ctx.log.info('seven', new TypeError('bad'))
  }`)
  await call(fn, { requestId: 'req-5' })
  t.match(lines, [
    { level: 'debug', message: 'one', fields: {} },
    { level: 'info', message: 'two', fields: { n: 2, deep: { x: [1] } } },
    { level: 'warn', message: 'three', fields: { value: 'text' } },
    { level: 'error', message: /^Error: four\n {4}at .*index\.ts:2:/ },
    { level: 'info', message: 'five 5' },
    { level: 'info', message: 'six', fields: { unserializable: 'no' } },
    { level: 'info', message: 'seven', fields: { name: 'TypeError', message: 'bad' } }
  ])
  t.ok(lines.every(({ requestId, gatewayId, time }) => requestId === 'req-5' && gatewayId === 'shop' && Math.abs(Date.now() - time) < 60_000))
})

t.test('a flood of lines is cut, said once, and takes nobody\'s memory', async t => {
  lines.length = 0
  const throughContext = await makeFunction('export default (ctx) => { for (let i = 0; i < 2e4; i++) ctx.log.info("x".repeat(1000)) }')
  const throughConsole = await makeFunction('export default () => { for (let i = 0; i < 2e4; i++) console.log("x".repeat(1000)) }')
  for (const fn of [throughContext, throughConsole]) {
    lines.length = 0
    await call(fn)
    t.ok(lines.length > 10 && lines.length < 1_000, `${lines.length} lines`)
    t.equal(lines.filter(({ message }) => message.includes('dropped')).length, 1)
  }
})

t.test('a line has a bounded size', async t => {
  lines.length = 0
  await call(await makeFunction('export default (ctx) => { ctx.log.info("x".repeat(1e6)); ctx.log.info("y", { z: "z".repeat(1e6) }) }'))
  t.ok(lines.length > 0)
  for (const line of lines) t.ok(JSON.stringify(line).length < 20_000)
})
