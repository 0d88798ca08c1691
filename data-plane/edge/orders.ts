import type { Order, OrderOutcome } from '../messages.ts'
import type { Explain } from '../explain/explain.ts'
import type { Invoke } from './invoke.ts'
import type { RunScheduled } from './run-scheduled.ts'

/** What comes from the supervisor, and not from a client. */
export function createOrderRunner ({ invoke, runScheduled, explain }: { invoke: Invoke, runScheduled: RunScheduled, explain: Explain }): (order: Order) => Promise<OrderOutcome> {
  return async order => {
    switch (order.kind) {
      case 'invocation': return { kind: 'invocation', result: await invoke(order.invocation) }
      case 'question': return { kind: 'question', result: explain(order.question) }
      case 'scheduled': return { kind: 'scheduled', result: await runScheduled(order.run) }
    }
  }
}
