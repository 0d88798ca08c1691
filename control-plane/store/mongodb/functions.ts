import type { CloudFunction } from '../documents.ts'
import { expectRevision, missing, taken } from '../refusals.ts'
import type { Draft, Store } from '../store.ts'
import { idOf } from './collections.ts'
import type { DeletedFunctions } from './deleted-functions.ts'
import type { Context, Writes } from './operations.ts'
import type { Deploy } from './releases.ts'
import type { Transaction } from './transaction.ts'
import type { Versions } from './versions.ts'

type Reads = Pick<Store, 'getFunction' | 'listFunctions' | 'getFunctionVersion' | 'listFunctionVersions'>
type FunctionWrites = Pick<Writes, 'saveFunction' | 'deleteFunction' | 'restoreFunction'>

export function functionOperations ({ gateways, functions }: Context, versions: Versions, deleted: DeletedFunctions, deploy: Deploy): { reads: Reads, writes: FunctionWrites } {
  const put = async ({ session, revision }: Transaction, draft: Draft<CloudFunction>, expectedRevision: number | null): Promise<CloudFunction> => {
    const id = idOf(draft.gatewayId, draft.name)
    const found = await functions.find(id, session)
    const fn: CloudFunction = { ...draft, revision }
    if (expectedRevision !== null) {
      expectRevision(found, expectedRevision, 'function')
      return await functions.replace(id, fn, session)
    }
    if (found !== null) throw taken('function', 'name')
    await deleted.forget(draft.gatewayId, draft.name, session)
    return await functions.insert(id, fn, session)
  }

  return {
    reads: {
      getFunction: async (gatewayId, name) => await functions.find(idOf(gatewayId, name)),
      listFunctions: async (gatewayId, page) => await functions.page({ gatewayId }, 'name', 'text', page),
      getFunctionVersion: versions.get,
      listFunctionVersions: versions.page
    },
    writes: {
      saveFunction: async (transaction, draft, draftVersion, expectedRevision, deployment) => {
        if (await gateways.find(draft.gatewayId, transaction.session) === null) throw missing('gateway')
        const fn = await put(transaction, draft, expectedRevision)
        const version = await versions.save(draftVersion, transaction.session)
        const release = deployment === null ? null : await deploy(transaction, draft.gatewayId, deployment)
        return { fn: structuredClone(fn), version, release }
      },

      deleteFunction: async (transaction, gatewayId, name, expectedRevision, deployment) => {
        const { session, revision, at } = transaction
        const id = idOf(gatewayId, name)
        const fn = expectRevision(await functions.find(id, session), expectedRevision, 'function')
        await functions.remove(id, session)
        await deleted.keep({ ...fn, revision }, at, session)
        if (deployment !== null) await deploy(transaction, gatewayId, deployment)
        return revision
      },

      restoreFunction: async (transaction, draft, expectedRevision, deployment) => {
        expectRevision(await deleted.find(draft.gatewayId, draft.name, transaction.session), expectedRevision, 'deletedFunction')
        const fn = await put(transaction, draft, null)
        const release = deployment === null ? null : await deploy(transaction, draft.gatewayId, deployment)
        return { fn: structuredClone(fn), release }
      }
    }
  }
}
