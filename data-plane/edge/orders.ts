import type { Order, OrderOutcome } from '../messages.ts'
import type { Invoke } from './invoke.ts'

/** What comes from the supervisor, and not from a client. */
export function createOrderRunner ({ invoke }: { invoke: Invoke }): (order: Order) => Promise<OrderOutcome> {
  return async order => {
    switch (order.kind) {
      case 'invocation': return { kind: 'invocation', result: await invoke(order.invocation) }
    }
  }
}
