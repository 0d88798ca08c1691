import { cloneValue } from '../clone/clone.ts'
import { transferBuffers } from '../clone/transfer.ts'
import { requireArguments } from '../webidl.ts'

export const { structuredClone } = {
  /** HTML, section 2.7.10. */
  structuredClone (this: void, value: unknown, options?: { transfer?: Iterable<unknown> } | null): unknown {
    requireArguments('structuredClone', arguments.length, 1)
    const transfer = [...options?.transfer ?? []]
    const memory = new Map<object, object>()
    const commit = transferBuffers(transfer, memory)
    const clone = cloneValue(value, memory)
    commit()
    return clone
  }
}
