import t from 'tap'
import { frameTypes } from '../../data-plane/functions/frames.ts'
import { bodyJson, bodyText, makeCall, makeFunction, startFunctions } from '../support/functions.ts'
import { frame, startHostile } from '../support/hostile-sandbox.ts'
import { builtIns, tamperWith } from '../support/tampering.ts'

interface Told { version: string, name: string, isThere: boolean }

const told: Told[] = []
const { call } = await startFunctions(t, { onVariable: ({ versionId: version }, name, isThere) => told.push({ version, name, isThere }) })
const variables = { A: '1', B: '2', __proto__x: '3' }

/** What is told of a function that is called so often. */
async function reads (source: string, calls = 1): Promise<string[]> {
  told.length = 0
  const fn = await makeFunction(source, { variables })
  for (let n = 0; n < calls; n++) await call(fn)
  t.ok(told.every(({ version }) => version === fn.versionId))
  return told.map(({ name, isThere }) => `${isThere ? '' : '!'}${name}`)
}

t.test('each name is told once, also one that is made up at run time or is not there', async t => {
  t.strictSame(await reads('export default ctx => ctx.env.A + ctx.env["B"] + ctx.env[["NO", "NE"].join("")] + ctx.env.A', 3), ['A', 'B', '!NONE'])
  t.strictSame(await reads('let n = 0; export default async ctx => { await null; return ctx.env[["A", "X", "B"][n++]] ?? null }', 3), ['A', '!X', 'B'], 'when it is read first')
  t.strictSame(await reads('export default ({ env: { A, MISSED = 1 } }) => A + MISSED'), ['A', '!MISSED'])
  t.strictSame(await reads('export default () => null'), [])
})

t.test('going through all of them is no reading of each', async t => {
  const all: Record<string, string> = {
    spread: '({ ...ctx.env })', JSON: 'JSON.stringify(ctx.env)', entries: 'Object.entries(ctx.env).length', assign: 'Object.assign({}, ctx.env)', clone: 'structuredClone(ctx.env)',
    in: '(() => { let s = ""; for (const name in ctx.env) s += ctx.env[name]; return s })()', answer: 'ctx.env', promise: 'Promise.resolve(ctx.env)', log: 'void console.log(ctx.env)'
  }
  for (const [name, expression] of Object.entries(all)) t.strictSame(await reads(`export default ctx => ${expression}`, 2), [], name)
  t.strictSame(await reads('export default ctx => { const all = { ...ctx.env }; return all.A + ctx.env.B }', 1), ['B'], 'what is read by itself is')
  t.strictSame(await reads('export default ctx => "A" in ctx.env && Object.hasOwn(ctx.env, "B") && String(ctx.env) && ctx.env.constructor && ctx.env.toString() && null'), [], 'nor is asking whether it is there')
})

t.test('for all that a function can see it is a frozen object of texts', async t => {
  const fn = await makeFunction(`export default ctx => {
    'use strict'
    const { env } = ctx
    const refused = change => { try { change(); return false } catch { return true } }
    return [
      Object.keys(env), { ...env }, JSON.stringify(env), 'A' in env, 'X' in env, env.X === undefined, env === ctx.env, Object.isFrozen(env),
      Object.getPrototypeOf(env) === Object.prototype, Object.getOwnPropertyDescriptor(env, 'A'), String(env), env.hasOwnProperty('A'), env.__proto__ === Object.prototype,
      refused(() => { env.A = 1 }), refused(() => { env.NEW = 1 }), refused(() => { delete env.A }), refused(() => Object.defineProperty(env, 'A', { value: 1 })),
      refused(() => Object.setPrototypeOf(env, null)), Object.entries(env).length, structuredClone(env), env.A, Object.create(env).A
    ]
  }`, { variables: { A: '1', B: '2' } })
  const both = { A: '1', B: '2' }
  t.strictSame(bodyJson(await call(fn)), [
    ['A', 'B'], both, '{"A":"1","B":"2"}', true, false, true, true, true,
    true, { value: '1', writable: false, enumerable: true, configurable: false }, '[object Object]', true, true,
    true, true, true, true,
    true, 2, both, '1', '1'
  ])
})

t.test('who reads names a million times is told of a hundred, and not held up', async t => {
  const names = await reads(`
    let calls = 0
    const names = Array.from({ length: 1_000 }, (_value, n) => 'N' + n)
    export default ctx => {
      for (let n = 0; n < 5e4; n++) ctx.env[names[n % 1_000]]
      return ++calls < 20 ? null : ctx.env.A + ctx.env.B + ctx.env[Symbol.iterator]
    }
  `, 20)
  t.strictSame(names, [...Array.from({ length: 100 }, (_value, n) => `!N${n}`), 'A', 'B'])
})

t.test('what no variable can be called is told to nobody', async t => {
  t.strictSame(await reads('export default ctx => { for (const name of ["a-b", "", "1", "a b", "é", "\\ud800", "x".repeat(1e6), "\\n,1", "OK"]) ctx.env[name]; return 1 }'), ['!OK'])
})

t.test('a function that has broken the built-ins reads its variables all the same', async t => {
  t.strictSame(await reads(`
    ${tamperWith([...builtIns, 'Promise', 'Object', 'Reflect', 'Proxy', 'Map'], ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'defineProperty', '0'], ['then', 'toJSON'])}
    export default ctx => { const name = 'NO'; tamper(); return ctx.env.A + ctx.env.B + (ctx.env[name] === undefined) }
  `), ['A', 'B', '!NO'])
  const fn = await makeFunction(`
    Object.defineProperty(Object.prototype, 'MISSED', { get () { return this === undefined ? 'nobody' : Object.keys(this).join() } })
    export default ctx => ctx.env.MISSED
  `, { variables })
  t.equal(bodyText(await call(fn)), Object.keys(variables).join(), 'a getter is handed nothing but the variables')
})

t.test('a sandbox in the hands of an attacker is heard two hundred times of a function, and not at all where it is no name', async t => {
  const heard: string[] = []
  const runner = await startHostile(t, (id, socket, writer) => {
    const about = (handle: number, name: string): void => frame(frameTypes.variable, writer => { writer.u8(0); writer.text(name) })(handle, socket, writer)
    for (let n = 0; n < 1_000; n++) about(1, `N${n}`)
    about(7, 'OTHER')
    frame(frameTypes.failed, writer => writer.text('function_failed'))(id, socket, writer)
    about(1, 'a b')
  }, { onVariable: (_fn, name) => heard.push(name) })
  await t.rejects(runner.call(await makeFunction('export default () => 1'), makeCall()), { code: 'function_failed' })
  t.strictSame(heard, Array.from({ length: 200 }, (_value, n) => `N${n}`))
})
