import t from 'tap'
import { bodyText, makeFunction, startFunctions } from '../support/functions.ts'

const { call, lines } = await startFunctions(t)

const neverEnding: Record<string, string> = {
  'a loop': 'export default () => { for (;;); }',
  'a loop while the module loads': 'for (;;);\nexport default () => 1',
  'a loop after an await': 'export default async () => { await null; for (;;); }',
  'a loop after a timer': 'export default async () => { await new Promise(resolve => setTimeout(resolve, 5)); for (;;); }',
  'a chain of microtasks': 'export default async () => { for (;;) await null }',
  'a regular expression that explodes': 'export default () => /^(a+)+$/.test("a".repeat(40) + "b")',
  'a loop in toJSON': 'export default () => ({ toJSON () { for (;;); } })',
  'a promise that never settles': 'export default () => new Promise(() => {})',
  'a thenable that loops': 'export default () => ({ get then () { for (;;); } })'
}

for (const [name, source] of Object.entries(neverEnding)) {
  t.test(`${name} is answered with 504, and the next call is served`, async t => {
    lines.length = 0
    const neighbour = await makeFunction('export default () => "fine"')
    const fn = await makeFunction(source, { timeoutMs: 200 })
    await t.rejects(call(fn), { code: 'function_timeout', statusCode: 504 })
    t.match(lines, [{ level: 'error', requestId: 'req-1' }])
    t.equal(bodyText(await call(neighbour)), 'fine')
  })
}

t.test('a loop ends its own call, while those that had not begun are served', async t => {
  const fn = await makeFunction('export default (ctx) => { if (ctx.params.id === "3") for (;;); return ctx.params.id }')
  await call(fn)
  const outcomes = await Promise.all(['1', '2', '3', '4', '5'].map(async id =>
    await call(fn, { params: { id } }).then(bodyText, (error: { code: string }) => error.code)))
  t.strictSame(outcomes, ['1', '2', 'function_timeout', '4', '5'])
})
