import type { ClientSession } from 'mongodb'
import { timestamp, type Clock } from '#shared/clock.ts'
import type { CloudFunction, DeletedFunction } from '../documents.ts'
import { functionsRestorableMs, type Store } from '../store.ts'
import { idOf, type Collections } from './collections.ts'
import { openDocuments } from './documents.ts'
import { forgetSome } from './forget.ts'

/** What can be restored. What cannot be any more is not there, whether or not it has been swept away yet. */
export interface DeletedFunctions {
  keep: (fn: CloudFunction, deletedAt: string, session: ClientSession) => Promise<void>
  forget: (gatewayId: string, name: string, session: ClientSession) => Promise<void>
  find: (gatewayId: string, name: string, session?: ClientSession) => Promise<DeletedFunction | null>
  reads: Pick<Store, 'getDeletedFunction' | 'listDeletedFunctions' | 'sweepDeletedFunctions'>
}

export function openDeletedFunctions ({ named }: Pick<Collections, 'named'>, clock: Clock): DeletedFunctions {
  const deletedFunctions = named('deletedFunctions')
  const documents = openDocuments<DeletedFunction>(deletedFunctions)
  const find: DeletedFunctions['find'] = async (gatewayId, name, session) => {
    const found = await documents.find(idOf(gatewayId, name), session)
    return found !== null && found.restorableUntil > timestamp(clock) ? found : null
  }
  return {
    keep: async (fn, deletedAt, session) => {
      const restorableUntil = new Date(Date.parse(deletedAt) + functionsRestorableMs).toISOString()
      await documents.insert(idOf(fn.gatewayId, fn.name), { ...fn, deletedAt, restorableUntil }, session)
    },
    forget: async (gatewayId, name, session) => await documents.remove(idOf(gatewayId, name), session),
    find,
    reads: {
      getDeletedFunction: async (gatewayId, name) => await find(gatewayId, name),
      listDeletedFunctions: async (gatewayId, page) => await documents.page({ gatewayId, restorableUntil: { $gt: timestamp(clock) } }, 'name', 'text', page),
      sweepDeletedFunctions: async limit => await forgetSome(deletedFunctions, { restorableUntil: { $lte: timestamp(clock) } }, limit)
    }
  }
}
