import type { StoreWrite, StoreWriteName } from '../store.ts'
import type { Context, Operations } from './operations.ts'

/**
 * Arrays that are embedded in a document are written as a whole. Of writes in a row that change such arrays and nothing else, what comes of
 * them is written once: a thousand clients would otherwise be written a thousand times.
 */
export interface Deferral {
  isOn: boolean
  parts: Array<{ write: () => void, drop: () => void }>
}

const changesArrays: ReadonlySet<StoreWriteName> = new Set(['addClient', 'replaceClient', 'removeClient', 'putVariable', 'removeVariable'])

export function togetherOperation ({ deferral, together }: Context, operations: Pick<Operations, StoreWriteName>, head: () => number): Pick<Operations, 'writeTogether'> {
  const carryOut = (writes: readonly StoreWrite[]): void => {
    for (const write of writes) {
      if (!changesArrays.has(write.write)) writeDeferred(deferral)
      const operation = operations[write.write] as (...args: StoreWrite['with']) => unknown
      operation(...write.with)
    }
    writeDeferred(deferral)
  }
  return {
    writeTogether: writes => {
      if (writes.length === 0) return head()
      deferral.isOn = true
      try {
        return together(() => carryOut(writes))
      } finally {
        deferral.isOn = false
        for (const { drop } of deferral.parts) drop()
      }
    }
  }
}

function writeDeferred ({ parts }: Deferral): void {
  for (const { write } of parts) write()
}
