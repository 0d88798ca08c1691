import t from 'tap'
import { compileSchema } from '#shared/json-schema/compile.ts'

const tooMuch = [{ pointer: '', detail: 'is too large, or nests too deep, to be checked' }]

t.test('a schema that asks for more than there is time for comes to an end', async t => {
  const branch = { properties: { x: { $ref: '#/$defs/a' } } }
  const doubling = compileSchema({ $defs: { a: { anyOf: [{ allOf: [branch, { required: ['q'] }] }, { allOf: [branch, { required: ['q'] }] }, { type: 'integer' }] } }, $ref: '#/$defs/a' })
  t.strictSame(doubling.faults, [])
  t.strictSame(doubling.check(JSON.parse(`${'{"x":'.repeat(40)}true${'}'.repeat(40)}`)), tooMuch)
  t.strictSame(compileSchema({ items: { $ref: '#' } }).check(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))), tooMuch)
  t.strictSame(compileSchema({ uniqueItems: true }).check(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))), tooMuch)
  t.strictSame(compileSchema({ const: [[[]]] }).check(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))), tooMuch)
  t.strictSame(compileSchema({ items: { pattern: '^(\\p{L}|[a-z]){1,200}$' } }).check(Array.from({ length: 10_000 }, () => 'é'.repeat(150))), tooMuch)
  t.strictSame(compileSchema({ uniqueItems: true }).check(Array.from({ length: 100_000 }, (_, index) => [index])), tooMuch)
})

t.test('errors are few, however much is wrong', async t => {
  const errors = compileSchema({ items: { type: 'string' } }).check(Array.from({ length: 10_000 }, (_, index) => index))
  t.equal(errors.length, 20)
  t.strictSame(errors[19], { pointer: '/19', detail: 'must be a string' })
})

t.test('schemas that lead nowhere, or too far, are refused', async t => {
  const faultsOf = (schema: unknown) => compileSchema(schema).faults.map(({ pointer, detail }) => `${pointer} ${detail}`)
  t.match(faultsOf({ $ref: '#' }), [/ refers to itself/])
  t.match(faultsOf({ anyOf: [{ not: { $ref: '#' } }] }), [/ refers to itself/])
  const chain = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`s${index}`, { items: { $ref: `#/$defs/s${index + 1}` } }]))
  t.strictSame(faultsOf({ $defs: { ...chain, s2000: {} }, $ref: '#/$defs/s0' }), [])
  t.match(faultsOf({ $defs: Object.fromEntries(Object.keys(chain).map((name, index) => [name, { $ref: `#/$defs/s${index + 1}` }])), $ref: '#/$defs/s0' }).at(-1), /refers to nothing|without end/)
  t.match(faultsOf({ anyOf: Array.from({ length: 6_000 }, () => ({})) }), [/is too much/])
  t.match(faultsOf({ pattern: '(a{1000}){1000}' }), [/regular expression/])
  t.match(faultsOf({ pattern: 'a{1,900}b{1,900}' }), [/too large a regular expression/])
  t.strictSame(compileSchema({ pattern: `^a*${'a{999}'.repeat(20)}$` }).check(`${'a'.repeat(100_000)}b`), tooMuch)
  t.match(faultsOf({ allOf: [{ minLength: -1, maxLength: 1.5, enum: {}, multipleOf: 0, required: 'a', properties: [], anyOf: [], $ref: 7, type: 'text', items: [{}] }] }), { length: 10 })
})

t.test('nothing of an object that is inherited counts', async t => {
  const { check } = compileSchema({ required: ['toString', 'constructor'], properties: { ['__proto__']: { type: 'string' } }, additionalProperties: false })
  t.strictSame(check({}).map(({ pointer }) => pointer), ['/toString', '/constructor'])
  t.strictSame(check(JSON.parse('{"__proto__":1,"toString":1,"constructor":1}')).map(({ pointer }) => pointer).sort(), ['/__proto__', '/constructor', '/toString'])
})
