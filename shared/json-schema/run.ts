import type { FieldError } from '../errors.ts'
import type { SchemaNode } from './node.ts'

/** How much of an instance counts as looked at, for `unevaluatedProperties` and `unevaluatedItems`. */
export class Evaluated {
  readonly names = new Set<string>()
  readonly indexes = new Set<number>()
  /** Items before it. */
  items = 0

  add ({ names, indexes, items }: Evaluated): void {
    for (const name of names) this.names.add(name)
    for (const index of indexes) this.indexes.add(index)
    this.items = Math.max(this.items, items)
  }
}

/** The check takes more than it may: schemas are their authors' to write, and values anyone's to send. */
export class Exhausted extends Error {
  override readonly name = 'Exhausted'
}

const maxErrors = 20
/** Of values, and of schemas that refer to each other: far less than the stack holds. */
const maxDepth = 200

/** One value on its way through a schema. */
export class Run {
  readonly errors: FieldError[] = []
  /** `null`: nobody asks. */
  evaluated: Evaluated | null = null
  readonly #path: Array<string | number> = []
  readonly #prefix: string
  #steps: number
  #depth = 0
  /** In a branch nothing is said of what does not hold. */
  #silent = 0

  /** @param prefix of pointers @param maxSteps each of which takes about a tenth of a microsecond */
  constructor (prefix: string, maxSteps: number) {
    this.#prefix = prefix
    this.#steps = maxSteps
  }

  /** Whether the first error is as good as all of them. */
  get stops (): boolean {
    return this.#silent > 0 || this.errors.length >= maxErrors
  }

  /** @throws {Exhausted} */
  spend (steps: number): void {
    this.#steps -= steps
    if (this.#steps < 0) throw new Exhausted()
  }

  /** @throws {Exhausted} */
  enter (): void {
    this.spend(1)
    if (++this.#depth > maxDepth) throw new Exhausted()
  }

  leave (): void {
    this.#depth--
  }

  /** @returns `false` */
  fail (detail: string): false {
    if (!this.stops) this.errors.push({ pointer: this.#pointer(), detail })
    return false
  }

  /** Of a member or an item of the value. @returns `false` */
  failAt (key: string | number, detail: string): false {
    this.#path.push(key)
    this.fail(detail)
    this.#path.pop()
    return false
  }

  /** A member or an item. @throws {Exhausted} */
  child (node: SchemaNode, value: unknown, key: string | number): boolean {
    const outer = this.evaluated
    this.evaluated = null
    this.#path.push(key)
    const holds = node.test(value, this)
    this.#path.pop()
    this.evaluated = outer
    return holds
  }

  /** The same value, against what need not hold: what was looked at there counts only if it does. @throws {Exhausted} */
  branch (node: SchemaNode, value: unknown): boolean {
    const outer = this.evaluated
    if (outer !== null) this.evaluated = new Evaluated()
    this.#silent++
    const holds = node.test(value, this)
    this.#silent--
    if (outer !== null && holds) outer.add(this.evaluated!)
    this.evaluated = outer
    return holds
  }

  #pointer (): string {
    return this.#prefix + this.#path.map(key => `/${typeof key === 'number' ? key : escapePointer(key)}`).join('')
  }
}

/** RFC 6901, section 3. */
export function escapePointer (token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
