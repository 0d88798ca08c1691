import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import type { KvAnswer, KvOperation, KvRequest } from '#shared/kv.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import type { FunctionKv } from '../../data-plane/functions/runner.ts'
import { createGateway } from '../contract/documents.ts'

export interface StoreKv extends FunctionKv {
  store: Store
  clock: { now: () => number, advance: (milliseconds: number) => void }
  /** What was asked so far. */
  requests: KvRequest[]
}

/** The store itself in the place of the way to it, with the gateways `shop` and `other`. */
export async function startStoreKv (t: Pick<Test, 'teardown'>): Promise<StoreKv> {
  const folder = mkdtempSync(path.join(tmpdir(), 'imprun-kv-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  let now = Date.UTC(2030, 0, 1)
  const clock = { now: () => now, advance: (milliseconds: number) => { now += milliseconds } }
  const store = await openSqliteStore({ file: path.join(folder, 'store.sqlite'), clock })
  t.teardown(async () => await store.close())
  for (const id of ['shop', 'other']) await createGateway(store, id)
  const requests: KvRequest[] = []
  return {
    store,
    clock,
    requests,
    run: async request => {
      requests.push(request)
      const [answer] = await store.applyKv([request])
      return answer!
    }
  }
}

/** One that answers what the test says, when it says so. */
export interface HeldKv extends FunctionKv {
  held: Array<{ operation: KvOperation, answer: (answer: KvAnswer) => void }>
  /** The next operation that is asked for, in order. */
  next: () => Promise<{ operation: KvOperation, answer: (answer: KvAnswer) => void }>
}

export function holdKv (): HeldKv {
  const held: HeldKv['held'] = []
  const waiting: Array<() => void> = []
  let given = 0
  return {
    held,
    run: async ({ operation }) => await new Promise(answer => {
      held.push({ operation, answer })
      waiting.shift()?.()
    }),
    next: async () => {
      if (given === held.length) await new Promise<void>(resolve => { waiting.push(resolve) })
      return held[given++]!
    }
  }
}
