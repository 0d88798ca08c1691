import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { compileSchema } from '#shared/json-schema/compile.ts'
import { createRandom, type Random } from '../support/random.ts'

// What objects inherit is looked at in another test: the other one stumbles over it.
const names = ['a', 'b', 'c', 'd']
// `unevaluatedItems` is not asked for: there the other one does not count what `contains` has found. The official tests have it.
const texts = ['', 'a', 'ab', 'abc', 'é💩', 'a1', '12']

function createValue (random: Random, depth: number): unknown {
  switch (random.integer(depth > 0 ? 8 : 6)) {
    case 0: return null
    case 1: return random.pick([true, false])
    case 2: return random.integer(6)
    case 3: return random.pick([0.5, -1, 1.5, 3])
    case 4: case 5: return random.pick(texts)
    case 6: return Array.from({ length: random.integer(4) }, () => createValue(random, depth - 1))
    default: return JSON.parse(`{${[...new Set(Array.from({ length: random.integer(4) }, () => random.pick(names)))].map(name => `"${name}":${JSON.stringify(createValue(random, depth - 1))}`).join(',')}}`)
  }
}

function createSchema (random: Random, depth: number): unknown {
  if (random.integer(12) === 0) return random.pick([true, false])
  const inner = (): unknown => depth > 0 ? createSchema(random, depth - 1) : random.pick([true, { type: 'string' }, { $ref: '#/$defs/leaf' }])
  const list = (): unknown[] => Array.from({ length: 1 + random.integer(3) }, inner)
  const members = (): object => Object.fromEntries([...new Set(list().map(() => random.pick(names)))].map(name => [name, inner()]))
  const keywords: Array<() => object> = [
    () => ({ type: random.pick(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object', ['string', 'null'], ['integer', 'object']]) }),
    () => ({ enum: [createValue(random, 1), createValue(random, 1)] }), () => ({ const: createValue(random, 1) }),
    () => ({ minimum: random.integer(4) }), () => ({ exclusiveMaximum: random.integer(5) }), () => ({ multipleOf: random.pick([1, 2, 0.5]) }),
    () => ({ minLength: random.integer(3) }), () => ({ maxLength: random.integer(3) }), () => ({ pattern: random.pick(['^a', '\\d', '^.$', '[^a]']) }),
    () => ({ items: inner() }), () => ({ prefixItems: list() }), () => ({ contains: inner(), minContains: random.integer(2), maxContains: 1 + random.integer(2) }),
    () => ({ uniqueItems: true }), () => ({ minItems: random.integer(3) }),
    () => ({ properties: members() }), () => ({ patternProperties: { '^[ab]': inner() } }), () => ({ additionalProperties: inner() }),
    () => ({ required: [random.pick(names)] }), () => ({ maxProperties: random.integer(3) }), () => ({ propertyNames: inner() }),
    () => ({ dependentRequired: { a: ['b'] } }), () => ({ dependentSchemas: { b: inner() } }), () => ({ unevaluatedProperties: inner() }),
    () => ({ allOf: list() }), () => ({ anyOf: list() }), () => ({ oneOf: list() }), () => ({ not: inner() }), () => Object.fromEntries(['if', 'then', 'else'].map(name => [name, inner()])),
    () => ({ $ref: '#/$defs/leaf' })
  ]
  const schema = Object.assign({}, ...Array.from({ length: 1 + random.integer(4) }, () => random.pick(keywords)())) as Record<string, unknown>
  // The other one lets an empty array pass where both stand side by side.
  if ('contains' in schema) delete schema.prefixItems
  return schema
}

t.test('what holds for the one holds for the other', async t => {
  const ajv = new Ajv2020({ strict: false, allErrors: false, unicodeRegExp: true, logger: false })
  let held = 0
  for (let seed = 0; seed < 400; seed++) {
    const random = createRandom(seed)
    const schema = { $defs: { leaf: { type: ['integer', 'array'] } }, allOf: [createSchema(random, 3)] }
    const ours = compileSchema(schema)
    if (ours.faults.length > 0) return t.fail(`seed ${seed}: ${JSON.stringify({ schema, faults: ours.faults })}`)
    const theirs = ajv.compile(schema)
    for (let index = 0; index < 20; index++) {
      const value = createValue(random, 3)
      const holds = theirs(value)
      if (holds) held++
      if ((ours.check(value).length === 0) !== holds) return t.fail(`seed ${seed}: ${JSON.stringify({ schema, value, holds })}`)
    }
  }
  t.ok(held > 800, `${held}`)
})
