import type { KvAnswer, KvOperation } from '#shared/kv.ts'
import type { EnvironmentRef, Store } from '../../control-plane/store/store.ts'

/** Operations as services write them; values are JSON texts. */
export const get = (key: string): KvOperation => ({ op: 'get', key })
export const set = (key: string, value = '0', ttlSeconds: number | null = null): KvOperation => ({ op: 'set', key, value, ttlSeconds })
export const remove = (key: string, version: number | null = null): KvOperation => ({ op: 'delete', key, version })
export const list = (prefix = '', limit = 1_000, after: string | null = null): KvOperation => ({ op: 'list', prefix, limit, after })
export const increment = (key: string, by = 1, ttlSeconds: number | null = null): KvOperation => ({ op: 'increment', key, by, ttlSeconds })
export const compareAndSet = (key: string, version: number | null, value: string, ttlSeconds: number | null = null): KvOperation =>
  ({ op: 'compareAndSet', key, version, value, ttlSeconds })

/** Applies them as one batch and says what came of each: its result, of a write the version alone, or the code of what it was refused with. */
export async function apply (store: Store, { gatewayId, environment }: EnvironmentRef, ...operations: KvOperation[]): Promise<unknown[]> {
  return outcomes(await store.applyKv(operations.map(operation => ({ gatewayId, environment, operation }))))
}

export function outcomes (answers: KvAnswer[]): unknown[] {
  return answers.map(({ result, error }) => {
    if (error !== null) return error.code
    return typeof result === 'object' && result !== null && 'version' in result && !('value' in result) ? result.version : result
  })
}

export function entry (value: string, version: number, expiresAt: string | null = null): object {
  return { value, version, expiresAt }
}

/** Keys that do not expire. */
export function keys (...names: string[]): object {
  return { keys: names.map(key => ({ key, expiresAt: null })), next: null }
}
