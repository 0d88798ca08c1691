import t from 'tap'
import { kvLimits } from '#shared/kv.ts'
import { bodyJson, makeFunction, startFunctions } from '../support/functions.ts'
import { startStoreKv } from '../support/kv.ts'

const kv = await startStoreKv(t)
const { call } = await startFunctions(t, { kv })

/** What each of these expressions is rejected with: name, code and message; or what it resolves with. */
async function outcomes (expressions: string[]): Promise<unknown[]> {
  return bodyJson(await call(await makeFunction(`
    const outcome = async promise => { try { return await promise } catch (e) { return [e.name, e.code, e.message] } }
    const cycle = {}; cycle.self = cycle
    export default async ({ kv }) => [${expressions.map(expression => `await outcome(${expression})`).join()}]
  `))) as unknown[]
}

t.test('keys', async t => {
  const invalid: Array<[key: string, message: RegExp]> = [
    ['""', /must not be empty/], ['undefined', /must be a string/], ['7', /must be a string/], ['{ toString () { return "a" } }', /must be a string/],
    [`"x".repeat(${kvLimits.keyBytes + 1})`, /at most 512 bytes/], ['"€".repeat(171)', /at most 512 bytes/], ['"a\\0b"', /control characters/], ['"\\n"', /control characters/],
    ['"\\x7f"', /control characters/], ['"\\x9f"', /control characters/], ['"\\ud800"', /surrogate/], ['"a\\udc00"', /surrogate/], ['"\\udc00\\ud800"', /surrogate/]
  ]
  kv.requests.length = 0
  for (const [index, outcome] of (await outcomes(invalid.map(([key]) => `kv.get(${key})`))).entries()) {
    t.match(outcome, ['Error', 'kv_key_invalid', invalid[index]![1]], invalid[index]![0])
  }
  t.equal(kv.requests.length, 0, 'none has left')
  const valid = [`"x".repeat(${kvLimits.keyBytes})`, '"€".repeat(170)', '"__proto__"', '"\\ud83d\\ude00"', '"\\xa0 "', '"a/b"', '"\\uffff"']
  t.strictSame(await outcomes(valid.map(key => `kv.set(${key}, 1).then(() => kv.get(${key}))`)), valid.map(() => 1))
})

t.test('values', async t => {
  const none: Array<[value: string, message: RegExp]> = [
    ['undefined', /is undefined/], ['() => 1', /a function/], ['Symbol()', /a symbol/], ['1n', /BigInt/], ['{ deep: [1n] }', /BigInt/], ['cycle', /circular/],
    ['{ toJSON () {} }', /no JSON form/], ['{ get a () { throw new Error("mine") } }', /mine/]
  ]
  for (const [index, outcome] of (await outcomes(none.map(([value]) => `kv.set('a', ${value})`))).entries()) {
    t.match(outcome, ['TypeError', 'kv_value_invalid', none[index]![1]], none[index]![0])
  }
  const most = kvLimits.valueBytes - 2
  const tooLarge = ['Error', 'kv_limit_exceeded', `A value must have at most ${kvLimits.valueBytes} bytes as JSON.`]
  const sizes = ['x', 'é', '€', '\\"', '\\ud83d\\ude00'].flatMap(text => [`"${text}".repeat(SIZE)`, `"${text}".repeat(SIZE) + "!"`].map(expression => {
    const bytes = { x: 1, é: 2, '€': 3, '\\"': 2, '\\ud83d\\ude00': 4 }[text]!
    return expression.replace('SIZE', String(Math.floor(most / bytes))) + (expression.includes('!') ? ' + "!!!"' : '')
  }))
  const stored = await outcomes(sizes.map(value => `kv.set('size', ${value}).then(async () => (await kv.get('size')) === ${value})`))
  t.strictSame(stored, sizes.map((_value, index) => index % 2 === 0 ? true : tooLarge))
  t.strictSame(await outcomes([`kv.set('a', "x".repeat(${most + 1}))`, 'kv.compareAndSet("a", null, "x".repeat(70000))']), [tooLarge, tooLarge])
})

t.test('options', async t => {
  const invalid = [
    'kv.set("a", 1, { ttlSeconds: 0 })', 'kv.set("a", 1, { ttlSeconds: NaN })', 'kv.set("a", 1, { ttlSeconds: "5" })', `kv.set("a", 1, { ttlSeconds: ${kvLimits.maxTtlSeconds + 1} })`,
    'kv.set("a", 1, 5)', 'kv.increment("a", 0.5)', 'kv.increment("a", "1")', 'kv.increment("a", 2 ** 53)', 'kv.compareAndSet("a", undefined, 1)', 'kv.compareAndSet("a", "1", 1)',
    'kv.compareAndSet("a", 0, 1)', 'kv.list({ limit: 0 })', `kv.list({ limit: ${kvLimits.listKeys + 1} })`, 'kv.list({ limit: 1.5 })', 'kv.list("a")'
  ]
  for (const [index, outcome] of (await outcomes(invalid)).entries()) t.match(outcome, ['Error', 'kv_option_invalid', /./], invalid[index]!)
  t.match(await outcomes(['kv.list({ prefix: "\\0" })', 'kv.list({ cursor: 5 })', 'kv.list({ prefix: 5 })']), [['Error', 'kv_key_invalid', /A prefix/], ['Error', 'kv_key_invalid', /A cursor/], ['Error', 'kv_key_invalid', /A prefix/]])
  t.strictSame(await outcomes(['kv.set("a", 1, { ttlSeconds: undefined }).then(() => 1)', 'kv.set("a", 1, {}).then(() => 1)', `kv.set("a", 1, { ttlSeconds: ${kvLimits.maxTtlSeconds} }).then(() => 1)`]), [1, 1, 1])
})
