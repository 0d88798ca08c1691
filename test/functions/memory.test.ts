import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call } = await startFunctions(t, { limits: { maxResidentBytes: 256 * 1024 * 1024 } })

const bombs: Record<string, string> = {
  objects: 'const all = []; for (;;) all.push({ a: 1 })',
  texts: 'const all = []; for (;;) all.push("x".repeat(1e5) + all.length)',
  maps: 'const all = new Map(); for (;;) all.set(all.size, { a: [1, 2, 3] })',
  'sparse arrays': 'const all = []; for (;;) all.push(new Array(1000))',
  'filled arrays': 'const all = []; for (;;) all.push(new Array(1e6).fill(1))'
}

for (const [name, body] of Object.entries(bombs)) {
  t.test(`a bomb of ${name} ends its own function, and others go on`, async t => {
    const bomb = await makeFunction(`export default (ctx) => { if (ctx.path !== '/bomb') return 'fine'; ${body} }`)
    const neighbour = await makeFunction('export default () => "fine"')
    t.equal(bodyText(await call(neighbour)), 'fine')
    await t.rejects(call(bomb, { path: '/bomb' }), { code: /^(?:function_memory_exceeded|function_timeout|sandbox_lost)$/ })
    t.equal(bodyText(await call(neighbour)), 'fine')
    t.equal(bodyText(await call(bomb)), 'fine')
  })
}

t.test('buffers count: the function gets an error, or loses its isolate', async t => {
  const fn = await makeFunction('const all = []; export default () => { for (;;) all.push(new Uint8Array(1e6).fill(1)) }')
  await t.rejects(call(fn), { code: /^(?:function_failed|function_memory_exceeded)$/ })
})
