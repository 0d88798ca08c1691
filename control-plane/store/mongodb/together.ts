import type { EnvironmentRef, StoreWrite } from '../store.ts'
import type { ManyClients } from './clients.ts'
import type { Writes } from './operations.ts'
import type { Transaction } from './transaction.ts'

/** Carries out writes in their order. Clients that are added to one environment in a row are added as one. */
export async function carryOutTogether (transaction: Transaction, writes: Writes & ManyClients, all: readonly StoreWrite[]): Promise<void> {
  for (let index = 0; index < all.length;) {
    const additions = additionsFrom(all, index)
    if (additions.length > 1) {
      await writes.addClients(transaction, additions[0]![0], additions.map(([, client]) => client))
      index += additions.length
      continue
    }
    const { write, with: args } = all[index]!
    await (writes[write] as (...args: unknown[]) => Promise<unknown>)(transaction, ...args)
    index++
  }
}

type Addition = Extract<StoreWrite, { write: 'addClient' }>['with']

function additionsFrom (all: readonly StoreWrite[], first: number): Addition[] {
  const additions: Addition[] = []
  for (let index = first; index < all.length; index++) {
    const write = all[index]!
    if (write.write !== 'addClient' || (additions.length > 0 && !isSame(write.with[0], additions[0]![0]))) break
    additions.push(write.with)
  }
  return additions
}

function isSame (a: EnvironmentRef, b: EnvironmentRef): boolean {
  return a.gatewayId === b.gatewayId && a.environment === b.environment
}
