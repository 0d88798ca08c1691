import { kvLimits, type KvEntry, type KvKeys, type KvOperation, type KvWritten } from '#shared/kv.ts'
import { listCost } from '../../kv-flow.ts'
import { kvError, readBy, readKey, readList, readTtl, readValue, readVersion } from './kv-arguments.ts'
import type { KvGate, Operation } from './kv-gate.ts'
import { freeze, NativePromise, parseJson, stringifyJson } from './primordials.ts'

/** `ctx.kv`; what its methods do is said in `types/index.d.ts`. */
export interface Kv {
  get: (key: unknown) => Promise<unknown>
  getEntry: (key: unknown) => Promise<unknown>
  set: (key: unknown, value: unknown, options?: unknown) => Promise<unknown>
  delete: (key: unknown) => Promise<unknown>
  list: (options?: unknown) => Promise<unknown>
  increment: (key: unknown, by?: unknown, options?: unknown) => Promise<unknown>
  compareAndSet: (key: unknown, version: unknown, value: unknown, options?: unknown) => Promise<unknown>
}

type Convert = (result: unknown) => unknown

/** The operations of one call. */
export class CallKv {
  readonly api: Kv
  readonly #gate: KvGate
  readonly #call: number
  #count = 0
  /** One promise for all that are refused: a call may make them by the million. */
  #refusal: Promise<never> | undefined
  #open: OpenOperation | null = null

  constructor (gate: KvGate, call: number) {
    this.#gate = gate
    this.#call = call
    this.api = freeze({
      get: (key: unknown) => this.#begin(() => ({ op: 'get', key: readKey(key) }), toValue),
      getEntry: (key: unknown) => this.#begin(() => ({ op: 'get', key: readKey(key) }), toEntry),
      set: (key: unknown, value: unknown, options?: unknown) =>
        this.#begin(() => ({ op: 'set', key: readKey(key), value: readValue(value), ttlSeconds: readTtl(options) }), toNothing),
      delete: (key: unknown) => this.#begin(() => ({ op: 'delete', key: readKey(key), version: null }), asItIs),
      list: (options?: unknown) => this.#begin(() => ({ op: 'list', ...readList(options) }), toPage),
      increment: (key: unknown, by?: unknown, options?: unknown) =>
        this.#begin(() => ({ op: 'increment', key: readKey(key), by: readBy(by), ttlSeconds: readTtl(options) }), asItIs),
      compareAndSet: (key: unknown, version: unknown, value: unknown, options?: unknown) => this.#begin(() => (
        { op: 'compareAndSet', key: readKey(key), version: readVersion(version), value: readValue(value), ttlSeconds: readTtl(options) }
      ), toVersion)
    })
  }

  /** The call has been answered, or nobody waits for it any more. */
  end (): void {
    for (let open = this.#open; open !== null; open = open.before) {
      if (open.operation.isOver) continue
      this.#gate.forget(open.operation)
      open.reject(callEnded())
    }
    this.#open = null
  }

  /** `read` may run tenant code; what it throws is what the operation is rejected with. */
  #begin (read: () => KvOperation, convert: Convert): Promise<unknown> {
    if (!this.#gate.isLive(this.#call)) return this.#refuse(callEnded)
    if (this.#count === kvLimits.operationsPerCall) return this.#refuse(tooMany)
    this.#count++
    return new NativePromise((resolve, reject) => {
      const wanted = read()
      const operation: Operation = {
        call: this.#call,
        // Without a prototype, for it may have got a toJSON.
        text: stringifyJson({ __proto__: null, ...wanted }),
        cost: wanted.op === 'list' ? listCost(wanted.limit) : 1,
        settle: ({ result, error }) => {
          if (error === null) resolve(convert(result))
          else reject(kvError(error.code, error.message))
        },
        id: 0,
        isOver: false,
        next: null
      }
      this.#open = { operation, reject, before: this.#open }
      this.#gate.add(operation)
    })
  }

  #refuse (why: () => Error): Promise<never> {
    return this.#refusal ??= new NativePromise<never>((_resolve, reject) => { reject(why()) })
  }
}

interface OpenOperation {
  operation: Operation
  reject: (error: Error) => void
  before: OpenOperation | null
}

const callEnded = (): Error => kvError('kv_call_ended', 'The call that this ctx belongs to has ended.')
const tooMany = (): Error => kvError('kv_limit_exceeded', `A call may make ${kvLimits.operationsPerCall} operations on its key-value store.`)

const asItIs: Convert = result => result
const toNothing: Convert = () => undefined
const toValue: Convert = entry => entry === null ? null : parseJson((entry as KvEntry).value)
const toVersion: Convert = written => written === null ? null : (written as KvWritten).version
const toPage: Convert = page => ({ keys: (page as KvKeys).keys, cursor: (page as KvKeys).next })

const toEntry: Convert = entry => {
  if (entry === null) return null
  const { value, version, expiresAt } = entry as KvEntry
  return { value: parseJson(value), version, expiresAt }
}
