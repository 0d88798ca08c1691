import type { FieldError } from '../errors.ts'
import { allOf, anyOf, conditional, not, oneOf, ref } from './applicators.ts'
import { contains, itemCounts, items, uniqueItems } from './arrays.ts'
import { isObject, SchemaNode, type Compiler, type JsonObject, type Keyword } from './node.ts'
import { bounds, multipleOf } from './numbers.ts'
import { dependentRequired, dependentSchemas, memberCounts, members, propertyNames, required } from './objects.ts'
import { resolvePointer } from './pointer.ts'
import { Exhausted, Run } from './run.ts'
import { format, length, pattern } from './texts.ts'
import { unevaluated } from './unevaluated.ts'
import { constant, enumeration, type } from './values.ts'
import { unsupported } from './vocabulary.ts'

/** JSON Schema 2020-12, but for what `docs/policies/request-validation.md` names. Nothing of a schema is ever run as code. */
export interface CompiledSchema {
  /** The schema's own faults; a schema with any is not to be used. */
  readonly faults: FieldError[]
  /** @param prefix where the value stands in what the caller has sent @returns what is wrong with the value; 20 errors at the most */
  readonly check: (value: unknown, prefix?: string, maxSteps?: number) => FieldError[]
  readonly node: SchemaNode
}

export interface SchemaOptions {
  /** Of the schema, in what it was sent in. */
  pointer?: string
  /** Schemas that others refer to as `#/$defs/<name>`. */
  definitions?: Readonly<Record<string, unknown>>
  /** Where those stand. */
  definitionsPointer?: string
  /** See `Compiler.forRequests`. */
  forRequests?: boolean
}

// What costs little and says most comes first.
const keywords: readonly Keyword[] = [
  type, constant, enumeration, bounds, multipleOf, length, pattern, format, itemCounts, memberCounts, required, dependentRequired,
  ref, items, contains, uniqueItems, members, propertyNames, dependentSchemas, allOf, anyOf, oneOf, not, conditional
]

/** Of one operation: more is no schema that a person has written. */
const maxNodes = 5_000
const maxFaults = 20
/** Schemas that one value meets one inside the other. */
const maxInPlace = 100
const defaultSteps = 100_000

export function compileSchema (schema: unknown, options: SchemaOptions = {}): CompiledSchema {
  const compilation = new Compilation(schema, options)
  const node = compilation.run()
  const { faults } = compilation
  return { faults, node, check: (value, prefix = '', maxSteps = defaultSteps) => checkValue(node, value, prefix, maxSteps) }
}

function checkValue (node: SchemaNode, value: unknown, prefix: string, maxSteps: number): FieldError[] {
  const run = new Run(prefix, maxSteps)
  try {
    return node.test(value, run) ? [] : run.errors
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error
    return [{ pointer: prefix, detail: 'is too large, or nests too deep, to be checked' }]
  }
}

class Compilation implements Compiler {
  readonly faults: FieldError[] = []
  readonly forRequests: boolean
  readonly fault: Compiler['fault'] = (pointer, detail) => {
    if (this.faults.length < maxFaults) this.faults.push({ pointer, detail })
  }

  readonly #root: unknown
  readonly #options: SchemaOptions
  readonly #nodes = new Map<object, { node: SchemaNode, pointer: string }>()

  constructor (root: unknown, options: SchemaOptions) {
    this.#root = root
    this.#options = options
    this.forRequests = options.forRequests ?? false
  }

  node (schema: unknown, pointer: string): SchemaNode {
    if (typeof schema === 'boolean') return schema ? anything : nothing
    if (!isObject(schema)) {
      this.fault(pointer, 'must be a schema: an object, true or false')
      return anything
    }
    const known = this.#nodes.get(schema)
    if (known !== undefined) return known.node
    const node = new SchemaNode()
    this.#nodes.set(schema, { node, pointer })
    return node
  }

  /** One after the other: how far references lead is the schema's author's to say, and the stack has its end. */
  run (): SchemaNode {
    const root = this.node(this.#root, this.#options.pointer ?? '')
    // It grows meanwhile.
    for (const [schema, { node, pointer }] of this.#nodes) {
      if (this.#nodes.size > maxNodes) {
        this.fault(pointer, `is too much: there may be ${maxNodes} schemas in one`)
        break
      }
      this.#fill(node, schema as JsonObject, pointer)
    }
    this.#refuseEndless()
    return root
  }

  refer (target: unknown, at: string): SchemaNode | null {
    const found = typeof target === 'string' && target.startsWith('#') ? this.#find(target.slice(1)) : undefined
    if (found !== undefined) return this.node(found.value, found.pointer)
    this.fault(at, typeof target === 'string' && !target.startsWith('#') ? 'must begin with #: nothing is fetched from elsewhere' : 'refers to nothing that is here')
    return null
  }

  /** What refers to itself without going deeper into the value. */
  #refuseEndless (): void {
    const done = new Set<SchemaNode>()
    const isEndless = (node: SchemaNode, depth: number): boolean => {
      if (done.has(node)) return false
      if (depth > maxInPlace || node.inPlace.some(next => isEndless(next, depth + 1))) return true
      done.add(node)
      return false
    }
    for (const { node, pointer } of this.#nodes.values()) {
      if (isEndless(node, 0)) return this.fault(pointer, 'refers to itself, or on and on, without end')
    }
  }

  #fill (node: SchemaNode, schema: JsonObject, pointer: string): void {
    for (const { name, detail } of unsupported(schema, schema === this.#root)) this.fault(`${pointer}/${name}`, detail)
    const checks = keywords.map(keyword => keyword(schema, pointer, this, node)).filter(check => check !== null)
    const around = unevaluated(schema, pointer, this, checks)
    node.checks = around === null ? checks : [around]
    // What nothing refers to is to be right as well.
    for (const name of ['$defs', 'definitions']) {
      if (isObject(schema[name])) for (const [key, value] of Object.entries(schema[name])) this.node(value, `${pointer}/${name}/${key}`)
    }
  }

  #find (fragment: string): { value: unknown, pointer: string } | undefined {
    const { pointer = '', definitions = {}, definitionsPointer = '/$defs' } = this.#options
    if (fragment !== '' && !fragment.startsWith('/')) return findAnchor(this.#root, fragment, pointer)
    const path = decode(fragment)
    if (path === null) return undefined
    const own = resolvePointer(this.#root, path)
    if (own !== undefined) return { value: own, pointer: pointer + path }
    const shared = path.startsWith('/$defs/') ? resolvePointer(definitions, path.slice('/$defs'.length)) : undefined
    return shared === undefined ? undefined : { value: shared, pointer: definitionsPointer + path.slice('/$defs'.length) }
  }
}

const anything = new SchemaNode()
const nothing = new SchemaNode()
nothing.checks = [(_value, run) => run.fail('must not be there')]

function decode (fragment: string): string | null {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return null
  }
}

/** Breadth first, and without recursion: the schema's author decides how deep it goes. */
function findAnchor (root: unknown, anchor: string, pointer: string): { value: unknown, pointer: string } | undefined {
  const pending = [{ value: root, pointer }]
  for (const next of pending) {
    if (typeof next.value !== 'object' || next.value === null) continue
    if (isObject(next.value) && next.value.$anchor === anchor) return next
    // Values that are only compared are no schemas.
    for (const [name, value] of Object.entries(next.value)) if (name !== 'enum' && name !== 'const') pending.push({ value, pointer: `${next.pointer}/${name}` })
  }
  return undefined
}
