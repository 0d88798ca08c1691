import type { Context } from '@imprun/types'
import type { FieldError } from './problem.ts'

/** Reads fields of a body or a query one by one and gathers what is wrong with them, so that a caller hears of everything at once. */
export class Fields {
  readonly errors: FieldError[]
  readonly #values: Record<string, unknown>
  readonly #pointer: string

  /** `values` that are no object are one error, and every field is then missing. */
  constructor (values: unknown, pointer = '', errors: FieldError[] = []) {
    const isObject = typeof values === 'object' && values !== null && !Array.isArray(values)
    this.errors = errors
    this.#pointer = pointer
    this.#values = isObject ? values as Record<string, unknown> : {}
    if (!isObject) this.errors.push({ pointer, detail: 'must be an object' })
  }

  static ofQuery (ctx: Context): Fields {
    return new Fields(ctx.query, '/query')
  }

  text (name: string, pattern: RegExp, expected: string): string {
    const value = this.#values[name]
    return typeof value === 'string' && pattern.test(value) ? value : this.#wrong(name, expected, '')
  }

  oneOf<Value extends string> (name: string, values: readonly Value[]): Value {
    const value = this.#values[name]
    return values.includes(value as Value) ? value as Value : this.#wrong(name, `must be one of ${values.join(', ')}`, values[0]!)
  }

  /** Also from a text of digits, which is all that a query can hold. */
  integer (name: string, min: number, max: number): number {
    const value = this.#values[name]
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) && this.#pointer === '/query' ? Number(value) : value
    const inRange = typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max
    return inRange ? number : this.#wrong(name, `must be a whole number from ${min} to ${max}`, min)
  }

  list (name: string, min: number, max: number): unknown[] {
    const value = this.#values[name]
    return Array.isArray(value) && value.length >= min && value.length <= max ? value : this.#wrong(name, `must be a list of ${min} to ${max}`, [])
  }

  object (name: string): Fields {
    return new Fields(this.#values[name], `${this.#pointer}/${name}`, this.errors)
  }

  has (name: string): boolean {
    return Object.hasOwn(this.#values, name)
  }

  /** Nothing but these: a misspelt field is an error, not a default. */
  only (...names: string[]): this {
    for (const name of Object.keys(this.#values)) {
      if (!names.includes(name)) this.errors.push({ pointer: `${this.#pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, detail: 'is not known' })
    }
    return this
  }

  #wrong<Value> (name: string, detail: string, instead: Value): Value {
    this.errors.push({ pointer: `${this.#pointer}/${name}`, detail: this.has(name) ? detail : `is missing; it ${detail}` })
    return instead
  }
}
