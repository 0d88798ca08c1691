import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { etagOf, type Precondition } from '../conditional.ts'
import { requireEnvironment } from '../existing.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { Variable } from '../store/documents.ts'
import type { EnvironmentRef, Page, PageRequest, Store } from '../store/store.ts'
import { maxValueBytes, maxVariables } from './schema.ts'

/** The rules of variables. */
export class VariableService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  async list (ref: EnvironmentRef, page: PageRequest): Promise<Page<Variable>> {
    await requireEnvironment(this.#store, ref)
    return await this.#store.listVariables(ref, page)
  }

  async get (ref: EnvironmentRef, name: string): Promise<Variable> {
    const variable = await this.#store.getVariable(ref, name)
    if (variable !== null) return variable
    await requireEnvironment(this.#store, ref)
    throw new Problem('variable_not_found')
  }

  async put (ref: EnvironmentRef, name: string, value: string, precondition: Precondition): Promise<{ variable: Variable, created: boolean }> {
    if (Buffer.byteLength(value) > maxValueBytes) {
      throw new Problem('validation_failed', undefined, { errors: [{ pointer: '/value', detail: `must have at most ${maxValueBytes} bytes in UTF-8` }] })
    }
    await requireEnvironment(this.#store, ref)
    return await untilUncontended(async () => {
      const current = await this.#store.getVariable(ref, name)
      precondition.check(current && etagOf(current.revision))
      if (current === null) await this.#requireRoom(ref)
      const now = timestamp(this.#clock)
      const draft = { name, value, createdAt: current?.createdAt ?? now, updatedAt: now }
      const variable = await madeOrGone(() => this.#store.putVariable(ref, draft, current?.revision ?? null))
      return { variable, created: current === null }
    })
  }

  /** They are one document with the environment, and every one of its functions gets them all. */
  async #requireRoom (ref: EnvironmentRef): Promise<void> {
    const { items } = await this.#store.listVariables(ref, { limit: maxVariables, after: null })
    if (items.length === maxVariables) throw new Problem('variable_limit_reached', `An environment has at most ${maxVariables} variables.`)
  }

  /** @returns the revision of the deletion */
  async delete (ref: EnvironmentRef, name: string, precondition: Precondition): Promise<number> {
    return await untilUncontended(async () => {
      const { revision } = await this.get(ref, name)
      precondition.check(etagOf(revision))
      return await this.#store.removeVariable(ref, name, revision)
    })
  }
}
