import { isObject, type JsonObject } from '#shared/json-schema/node.ts'
import type { MockAnswer, MockingSettings } from '#shared/policies/mocking/schema.ts'
import { entriesOf, type Found, type Reading } from './reading.ts'
import { SchemaSet } from './schemas.ts'

type Body = Pick<MockAnswer, 'headers' | 'body' | 'examples' | 'schema'>

const maxOthers = 20
const maxExamples = 50

/** What stands in for the operation until there is something to call. @throws {Refused} */
export function readMocking (reading: Reading, operation: JsonObject, pointer: string): MockingSettings {
  const schemas = new SchemaSet(reading, { keepsExamples: true })
  const answers = entriesOf(operation.responses, `${pointer}/responses`).flatMap(({ name, value, pointer: at }): Array<[status: number, body: Body]> => {
    const status = statusOf(name)
    return status === null ? [] : [[status, readAnswer(reading, schemas, reading.follow(value, at))]]
  }).sort(([a], [b]) => a - b)
  const [first] = answers
  if (first === undefined) return { status: 204 }
  const [status, body] = answers.find(([code]) => code < 300) ?? first
  const others = answers.filter(([code]) => code !== status).slice(0, maxOthers)
  return {
    status, ...body,
    ...(others.length > 0 && { others: Object.fromEntries(others) }),
    ...(Object.keys(schemas.definitions).length > 0 && { $defs: schemas.definitions })
  }
}

/** `2XX` and `default` stand for one of theirs. */
function statusOf (name: string): number | null {
  if (name === 'default') return 500
  const match = /^([2-5])(\d\d|XX)$/.exec(name)
  return match === null ? null : Number(`${match[1]}${match[2] === 'XX' ? '00' : match[2]}`)
}

function readAnswer (reading: Reading, schemas: SchemaSet, { value, pointer }: Found): Body {
  const media = entriesOf(value.content, `${pointer}/content`)
  const chosen = media.find(({ name }) => /^application\/(?:json|[^;]+\+json)\b/i.test(name)) ?? media[0]
  if (chosen === undefined || !isObject(chosen.value)) return {}
  const { example, examples, schema } = chosen.value
  const headers = /^application\/json\b/i.test(chosen.name) || chosen.name.includes('*') ? {} : { headers: { 'content-type': chosen.name } }
  const named = entriesOf(examples, `${chosen.pointer}/examples`).slice(0, maxExamples).flatMap(({ name, value: item, pointer: at }): Array<[string, unknown]> => {
    const found = reading.follow(item, at).value
    return found.value === undefined ? [] : [[name, found.value]]
  })
  if (named.length > 0) return { ...headers, examples: Object.fromEntries(named) }
  if (example !== undefined) return { ...headers, body: example }
  return { ...headers, ...(schema !== undefined && { schema: schemas.convert(schema, `${chosen.pointer}/schema`) }) }
}
