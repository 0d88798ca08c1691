import { Problem } from '#shared/errors.ts'
import { kvFailed, kvKeyFault, kvLimits, kvPrefixFault, type KvAnswer, type KvEntry, type KvKeys, type KvOperation, type KvRequest, type KvResults } from '#shared/kv.ts'
import { invalidField } from '../field-errors.ts'
import { etagOf, type Precondition } from '../conditional.ts'
import { opens, type Scope } from '../data-plane-tokens/scope.ts'
import { requireEnvironment } from '../existing.ts'
import { untilUncontended } from '../retry.ts'
import { StoreError, type EnvironmentRef, type Store } from '../store/store.ts'
import type { KvEntryDraft, KvQuery } from './schema.ts'

/** The rules of key-value stores. */
export class KvService {
  readonly #store: Store

  constructor ({ store }: { store: Store }) {
    this.#store = store
  }

  /** What functions ask. Environments beyond the scope are not there. Requests beyond the answers have not been carried out. */
  async apply (requests: readonly KvRequest[], scope: Scope): Promise<KvAnswer[]> {
    const refusals = requests.map(({ environment, operation }) => opens(scope, environment) ? refusalOf(operation) : notThere)
    const applied = (await this.#store.applyKv(requests.filter((_request, index) => refusals[index] === null))).values()
    const answers: KvAnswer[] = []
    for (const refusal of refusals) {
      const answer = refusal ?? applied.next().value
      if (answer === undefined) break
      answers.push(answer)
    }
    return answers
  }

  /** @throws {Problem} `validation_failed` for a cursor that no list has given out */
  async list (ref: EnvironmentRef, { prefix = '', limit = 100, cursor }: KvQuery): Promise<{ items: KvKeys['keys'], nextCursor: string | null }> {
    await requireEnvironment(this.#store, ref)
    const fault = kvPrefixFault(prefix)
    if (fault !== null) throw invalidField('/query/prefix', fault)
    const { keys, next } = await this.#run(ref, { op: 'list', prefix, limit, after: cursor === undefined ? null : decodeCursor(cursor) })
    return { items: keys, nextCursor: next === null ? null : Buffer.from(next).toString('base64url') }
  }

  async get (ref: EnvironmentRef, key: string): Promise<KvEntry> {
    requireKey(key, '/params/key')
    const entry = await this.#run(ref, { op: 'get', key })
    if (entry !== null) return entry
    await requireEnvironment(this.#store, ref)
    throw new Problem('kv_entry_not_found')
  }

  async put (ref: EnvironmentRef, key: string, draft: KvEntryDraft, precondition: Precondition): Promise<{ entry: KvEntry, created: boolean }> {
    requireKey(key, '/params/key')
    const value = JSON.stringify(draft.value)
    if (Buffer.byteLength(value) > kvLimits.valueBytes) throw invalidField('/value', `must have at most ${kvLimits.valueBytes} bytes as JSON`)
    await requireEnvironment(this.#store, ref)
    return await untilUncontended(async () => {
      const current = await this.#run(ref, { op: 'get', key })
      precondition.check(current && etagOf(current.version))
      const written = await this.#run(ref, { op: 'compareAndSet', key, version: current?.version ?? null, value, ttlSeconds: draft.ttlSeconds ?? null })
      if (written === null) throw contended()
      return { entry: { value, ...written }, created: current === null }
    })
  }

  async delete (ref: EnvironmentRef, key: string, precondition: Precondition): Promise<void> {
    await untilUncontended(async () => {
      const { version } = await this.get(ref, key)
      precondition.check(etagOf(version))
      if (!await this.#run(ref, { op: 'delete', key, version })) throw contended()
    })
  }

  async #run<Op extends KvOperation['op']> (ref: EnvironmentRef, operation: Extract<KvOperation, { op: Op }>): Promise<KvResults[Op]> {
    const [answer] = await this.#store.applyKv([{ ...ref, operation }])
    if (answer?.error === null) return answer.result as KvResults[Op]
    // Gone since it was looked for.
    if (answer?.error.code === 'kv_unavailable') await requireEnvironment(this.#store, ref)
    throw new Problem('kv_limit_exceeded', answer?.error.message)
  }
}

const notThere = kvFailed('kv_unavailable', 'There is no such environment.')

/** What the data plane cannot have known, or has not looked at. */
function refusalOf (operation: KvOperation): KvAnswer | null {
  const fault = operation.op === 'list' ? kvPrefixFault(operation.prefix) : kvKeyFault(operation.key)
  if (fault !== null) return kvFailed('kv_key_invalid', `A key ${fault}.`)
  if (!('value' in operation)) return null
  if (Buffer.byteLength(operation.value) > kvLimits.valueBytes) return kvFailed('kv_limit_exceeded', `A value has at most ${kvLimits.valueBytes} bytes as JSON.`)
  return isJson(operation.value) ? null : kvFailed('kv_value_invalid', 'The value is not JSON.')
}

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function requireKey (key: string, pointer: string): void {
  const fault = kvKeyFault(key)
  if (fault !== null) throw invalidField(pointer, fault)
}

function decodeCursor (cursor: string): string {
  const after = Buffer.from(cursor, 'base64url').toString('utf8')
  // What is decoded leniently is encoded strictly: only texts that come back the same were ours.
  if (kvKeyFault(after) === null && Buffer.from(after).toString('base64url') === cursor) return after
  throw invalidField('/query/cursor', 'must be the nextCursor of the page before')
}

function contended (): StoreError {
  return new StoreError('revision_mismatch', 'Somebody else has changed the entry')
}
