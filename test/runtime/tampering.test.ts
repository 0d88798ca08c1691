import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

const tamper = `{
  const { ownKeys, defineProperty } = Reflect
  const prototypes = [Map.prototype, Set.prototype, WeakMap.prototype, String.prototype, Promise.prototype, RegExp.prototype, Uint8Array.prototype, Function.prototype, Array.prototype]
  const boom = () => { throw new Error('tampered') }
  for (let i = 0; i < prototypes.length; i++) {
    const keys = ownKeys(prototypes[i])
    for (let j = 0; j < keys.length; j++) if (keys[j] !== 'constructor' && keys[j] !== 'length') defineProperty(prototypes[i], keys[j], { value: boom, configurable: true })
  }
}`

t.test('tampered built-ins break what the tenant calls, and nothing of another isolate', async t => {
  const tampered = createWebIsolate(t)
  const neighbour = createWebIsolate(t)
  tampered.evaluate(`${tamper} 0`)
  t.equal(tampered.evaluate(`
    let failed = 0
    try { new URL('https://example.com/ü?a#b') } catch { failed++ }
    try { new Headers({ a: 'b' }).get('a') } catch { failed++ }
    try { structuredClone(new Map([[1, 2]])) } catch { failed++ }
    failed
  `), 3)
  t.strictSame(await neighbour.run(`return [new URL('https://example.com').href, await new Response('x').text(), structuredClone([1])]`), ['https://example.com/', 'x', [1]])
})

t.test('whatever passes through tampered built-ins is of the isolate itself', async t => {
  const isolate = createWebIsolate(t)
  const [seen, foreign] = await isolate.run<[number, string[]]>(`
    const { apply, get, construct, getPrototypeOf } = Reflect
    const seen = []
    const look = value => { if (typeof value === 'function' || (typeof value === 'object' && value !== null)) seen[seen.length] = value }
    const spy = (owner, name) => {
      const original = owner[name]
      owner[name] = function (...args) { look(this); for (let i = 0; i < args.length; i++) look(args[i]); const result = apply(original, this, args); look(result); return result }
    }
    for (const name of ['call', 'apply', 'bind']) spy(Function.prototype, name)
    for (const name of ['get', 'set', 'has']) { spy(Map.prototype, name); spy(WeakMap.prototype, name) }
    for (const name of ['get', 'construct', 'apply', 'getOwnPropertyDescriptor']) spy(Reflect, name)
    for (const name of ['keys', 'defineProperty', 'getPrototypeOf']) spy(Object, name)
    for (const name of ['then', 'catch']) spy(Promise.prototype, name)
    for (const name of ['push', 'map', 'filter', 'find']) spy(Array.prototype, name)
    crypto.randomUUID(); crypto.getRandomValues(new Uint8Array(1)); await crypto.subtle.digest('SHA-1', new Uint8Array(1)); console.log({ a: [1] })
    clearTimeout(setTimeout(() => {}, 1)); new Response(new Blob(['x'])).clone(); new Request('https://example.com'); structuredClone(new Map()); new ReadableStream()
    const isForeign = value => { let root = value; while (getPrototypeOf(root) !== null) root = getPrototypeOf(root); return root !== Object.prototype && getPrototypeOf(value) !== null }
    return [seen.length, seen.filter(isForeign).map(String)]
  `)
  t.ok(seen > 100, `${seen} values seen`)
  t.strictSame(foreign, [])
})

t.test('what the harness gets of a tampered response is what the response holds', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(isolate.evaluate(`
    const response = new Response('x')
    Object.defineProperty(Response.prototype, 'status', { get: () => 'evil' }); Response.prototype.text = () => 'evil'; Headers.prototype.get = () => 'evil'
    Object.defineProperty(response, 'body', { value: 'evil' })
    harness.readResponse(response)
  `), { status: 200, headers: [['content-type', 'text/plain;charset=UTF-8']], body: 'x' })
})
