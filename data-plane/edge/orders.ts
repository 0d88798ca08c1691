import type { Order, OrderOutcome } from '../messages.ts'
import type { Invoke } from './invoke.ts'
import type { RunScheduled } from './run-scheduled.ts'

/** What comes from the supervisor, and not from a client. */
export function createOrderRunner ({ invoke, runScheduled }: { invoke: Invoke, runScheduled: RunScheduled }): (order: Order) => Promise<OrderOutcome> {
  return async order => {
    switch (order.kind) {
      case 'invocation': return { kind: 'invocation', result: await invoke(order.invocation) }
      case 'scheduled': return { kind: 'scheduled', result: await runScheduled(order.run) }
    }
  }
}
