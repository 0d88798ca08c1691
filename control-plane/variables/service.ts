import { timestamp, type Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import { secretPlace, type SecretBox } from '#shared/secret-box.ts'
import { etagOf, type Precondition } from '../conditional.ts'
import { requireEnvironment } from '../existing.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { Variable } from '../store/documents.ts'
import type { EnvironmentRef, Page, PageRequest, Store } from '../store/store.ts'
import { maxValueBytes, maxVariables, type VariableDraft } from './schema.ts'

/** The rules of variables. */
export class VariableService {
  readonly #store: Store
  readonly #clock: Clock
  readonly #secretBox: SecretBox

  constructor ({ store, clock, secretBox }: { store: Store, clock: Clock, secretBox: SecretBox }) {
    this.#store = store
    this.#clock = clock
    this.#secretBox = secretBox
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

  async put (ref: EnvironmentRef, name: string, draft: VariableDraft, precondition: Precondition): Promise<{ variable: Variable, created: boolean }> {
    const { value } = draft
    if (Buffer.byteLength(value) > maxValueBytes) {
      const errors = [{ pointer: '/value', detail: `must have at most ${maxValueBytes} bytes in UTF-8` }]
      throw new Problem('validation_failed', undefined, { errors })
    }
    await requireEnvironment(this.#store, ref)
    return await untilUncontended(async () => {
      const current = await this.#store.getVariable(ref, name)
      precondition.check(current && etagOf(current.revision))
      if (current === null) await this.#requireRoom(ref)
      const now = timestamp(this.#clock)
      // Who only means to change the value of a secret must not lay it open.
      const secret = draft.secret ?? current?.secret ?? false
      const stored = secret ? this.#secretBox.seal(value, secretPlace(ref, name)) : value
      const next = { name, value: stored, secret, createdAt: current?.createdAt ?? now, updatedAt: now }
      const variable = await madeOrGone(() => this.#store.putVariable(ref, next, current?.revision ?? null))
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
