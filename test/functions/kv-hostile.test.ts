import { readFileSync } from 'node:fs'
import t from 'tap'
import { kvLimits } from '#shared/kv.ts'
import { bodyJson, bodyText, makeFunction, startFunctions } from '../support/functions.ts'
import { sandboxesOf } from '../support/processes.ts'
import { startStoreKv } from '../support/kv.ts'
import { builtIns, tamperWith } from '../support/tampering.ts'

const kv = await startStoreKv(t)
const { call } = await startFunctions(t, { kv })

/** Of the largest sandbox. proc_pid_statm(5): the second field, in pages. */
function residentBytes (): number {
  return Math.max(...sandboxesOf(process.pid).map(({ pid }) => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096))
}

t.test('a million operations: so many are carried out, the rest is refused, and memory stays', async t => {
  // In turns that a busy machine can finish in time.
  const fn = await makeFunction(`export default async ({ kv }) => {
    let last
    for (let turn = 0; turn < 20; turn++) {
      for (let n = 0; n < 50_000; n++) last = kv.increment('flood')
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    const error = await last.catch(error => error)
    return { code: error.code, message: error.message, isError: error instanceof Error }
  }`, { timeoutMs: 30_000 })
  const before = residentBytes()
  t.strictSame(bodyJson(await call(fn)), { code: 'kv_limit_exceeded', message: 'A call may make 1000 operations on its key-value store.', isError: true })
  t.ok(residentBytes() - before < 100e6)
  const after = await makeFunction('export default async ({ kv }) => kv.get("flood")')
  t.ok(Number(bodyText(await call(after))) <= kvLimits.operationsPerCall)
})

t.test('all of what a call may do at once', async t => {
  const fn = await makeFunction(`export default async ({ kv }) => {
    const all = await Promise.allSettled(Array.from({ length: 1010 }, () => kv.increment('all')))
    return [all.filter(({ status }) => status === 'fulfilled').length, Math.max(...all.map(({ value }) => value ?? 0)), all.at(-1).reason.code]
  }`)
  t.strictSame(bodyJson(await call(fn)), [kvLimits.operationsPerCall, kvLimits.operationsPerCall, 'kv_limit_exceeded'])
})

t.test('a function that destroys every built-in keeps its key-value store', async t => {
  // Not Promise: nobody could await anything.
  const fn = await makeFunction(`
    ${tamperWith(builtIns, ['0', '1', 'get', 'value', 'next', 'text', 'key', 'op', 'error', 'result'], ['then', 'toJSON', 'ttlSeconds'])}
    export default async (ctx) => {
      tamper()
      await ctx.kv.set('tampered', 'value', { ttlSeconds: 60 })
      const value = await ctx.kv.get('tampered')
      const sum = await ctx.kv.increment('tampered-sum', 2)
      let code
      try { await ctx.kv.increment('tampered') } catch (error) { code = error.code }
      return { a: value, b: sum, c: code }
    }
  `)
  t.match(bodyJson(await call(fn)), { a: 'value', b: 2, c: 'kv_type_mismatch' })
  t.match(bodyJson(await call(fn)), { a: 'value', b: 4, c: 'kv_type_mismatch' })
})

t.test('toJSON that is put where operations are written changes none', async t => {
  const fn = await makeFunction(`export default async ({ kv }) => {
    Object.prototype.toJSON = String.prototype.toJSON = function () { return { op: 'get', key: 'other' } }
    Array.prototype.toJSON = () => 'array'
    await kv.increment('json')
    delete Object.prototype.toJSON; delete String.prototype.toJSON
    return kv.get('json')
  }`)
  t.equal(bodyText(await call(fn)), '1')
  t.match(kv.requests.at(-2), { operation: { op: 'increment', key: 'json' } })
})

t.test('a value that is its own doing is no more than that', async t => {
  const fn = await makeFunction(`export default async ({ kv }) => {
    const seen = []
    await kv.set('reentrant', { toJSON () { void kv.set('inner', 1); return 'outer' } })
    seen.push(await kv.get('reentrant'), await kv.get('inner'))
    const { proxy, revoke } = Proxy.revocable({}, {}); revoke()
    seen.push(await kv.set('proxy', proxy).catch(error => error.name), await kv.set(proxy, 1).catch(error => error.code), await kv.set('a', 1, proxy).catch(error => error.name))
    seen.push(await kv.set('options', 1, { get ttlSeconds () { throw 'mine' } }).catch(thrown => thrown))
    let deep = 0; for (let n = 0; n < 3_000; n++) deep = [deep]
    await kv.set('deep', deep)
    seen.push(JSON.stringify(await kv.get('deep')).length)
    return seen
  }`)
  t.strictSame(bodyJson(await call(fn)), ['outer', 1, 'TypeError', 'kv_key_invalid', 'TypeError', 'mine', 6_001])
})

t.test('large values by the hundred are taken in as memory allows, and others go on', async t => {
  const fn = await makeFunction(`export default async (ctx) => {
    if (ctx.path === '/fill') for (let n = 0; n < 100; n++) await ctx.kv.set('large:' + n, 'x'.repeat(60_000))
    else return Array.from(await Promise.all(Array.from({ length: 1_000 }, (_value, n) => ctx.kv.get('large:' + n % 100).then(value => value.length)))).reduce((a, b) => a + b)
  }`, { timeoutMs: 30_000 })
  await call(fn, { path: '/fill' })
  t.equal(bodyText(await call(fn)), '60000000')
})
