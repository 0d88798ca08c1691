import t from 'tap'
import { bodyJson, bodyText, makeFunction, startFunctions } from '../support/functions.ts'
import { builtIns, tamperWith } from '../support/tampering.ts'

const { call, lines } = await startFunctions(t)

t.test('a function that destroys every built-in harms nobody, and its calls are still answered', async t => {
  lines.length = 0
  const fn = await makeFunction(`
    ${tamperWith([...builtIns, 'Promise', 'ArrayBuffer', 'Uint8Array', 'Object.getPrototypeOf(Uint8Array)', 'Proxy', 'globalThis'], ['0', '1', 'get', 'value', 'next', 'text'], ['then', 'toJSON'])}
    export default async (ctx) => {
      tamper()
      await null
      ctx.log.info('x', { a: 1 })
      return { id: ctx.params.id, q: ctx.query.a, body: ctx.body.n }
    }
  `)
  const other = await makeFunction('export default () => [1, 2, 3].map(n => n * 2)')
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, query: 'a=1&a=2', body: Buffer.from('{"n":1}') }
  const answers = await Promise.all(['a', 'b'].map(async id => await call(fn, { ...request, params: { id } })))
  t.strictSame(answers.map(bodyJson), [{ id: 'a', q: ['1', '2'], body: 1 }, { id: 'b', q: ['1', '2'], body: 1 }])
  t.strictSame(bodyJson(await call(other)), [2, 4, 6])
  t.equal(lines.length, 2)
})

t.test('nothing of the machinery can be reached from a function', async t => {
  const fn = await makeFunction(`
    const names = Object.getOwnPropertyNames(globalThis)
    const hostile = ['process', 'require', 'module', 'global', 'Buffer', 'ivm', 'WebAssembly', 'SharedArrayBuffer', 'Atomics', 'FinalizationRegistry']
    export default (ctx) => {
      const reached = hostile.filter(name => names.includes(name) || name in globalThis)
      // Every object that can be reached from the context, by prototypes and constructors.
      const seen = new Set([globalThis]); const todo = [ctx, (() => 1).constructor('return this')()]
      for (let value; todo.length > 0;) {
        value = todo.pop()
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue
        seen.add(value)
        const tag = Object.prototype.toString.call(value) + (value.constructor?.name ?? '')
        if (/Reference|ExternalCopy|Isolate|Callback|Dereference/.test(tag)) reached.push(tag)
        todo.push(Object.getPrototypeOf(value))
        for (const key of Reflect.ownKeys(value)) { try { todo.push(value[key]) } catch {} }
      }
      return reached
    }`)
  t.equal(bodyText(await call(fn)), '[]')
})
