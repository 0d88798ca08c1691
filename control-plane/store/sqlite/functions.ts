import type { CloudFunction } from '../documents.ts'
import { expectRevision, missing, taken } from '../refusals.ts'
import type { Draft } from '../store.ts'
import type { DeletedFunctions } from './deleted-functions.ts'
import type { Context, Operations } from './operations.ts'
import type { Deploy } from './releases.ts'
import type { Versions } from './versions.ts'

type FunctionOperations = Pick<Operations,
  'saveFunction' | 'getFunction' | 'listFunctions' | 'deleteFunction' | 'restoreFunction' | 'getFunctionVersion' | 'listFunctionVersions'>

export function functionOperations ({ tables, write }: Context, versions: Versions, deleted: DeletedFunctions, deploy: Deploy): FunctionOperations {
  const put = (draft: Draft<CloudFunction>, expectedRevision: number | null, revision: number): CloudFunction => {
    const key = [draft.gatewayId, draft.name] as const
    const found = tables.functions.get(...key)
    if (expectedRevision === null) {
      if (found !== null) throw taken('function', 'name')
      deleted.forget(...key)
      return tables.functions.insert(key, { ...draft, revision })
    }
    expectRevision(found, expectedRevision, 'function')
    return tables.functions.update(key, { ...draft, revision })
  }

  return {
    saveFunction: (draft, draftVersion, expectedRevision, deployment) => write(transaction => {
      if (tables.gateways.get(draft.gatewayId) === null) throw missing('gateway')
      const fn = put(draft, expectedRevision, transaction.revision)
      const version = versions.save(draftVersion)
      const release = deployment === null ? null : deploy(transaction, draft.gatewayId, deployment)
      return { fn, version, release }
    }),

    getFunction: (gatewayId, name) => tables.functions.get(gatewayId, name),

    listFunctions: (gatewayId, page) => tables.functions.page([gatewayId], page),

    deleteFunction: (gatewayId, name, expectedRevision, deployment) => write(transaction => {
      const fn = expectRevision(tables.functions.get(gatewayId, name), expectedRevision, 'function')
      tables.functions.delete(gatewayId, name)
      deleted.keep({ ...fn, revision: transaction.revision }, transaction.at)
      if (deployment !== null) deploy(transaction, gatewayId, deployment)
      return transaction.revision
    }),

    restoreFunction: (draft, expectedRevision, deployment) => write(transaction => {
      expectRevision(deleted.get(draft.gatewayId, draft.name), expectedRevision, 'deletedFunction')
      const fn = put(draft, null, transaction.revision)
      const release = deployment === null ? null : deploy(transaction, draft.gatewayId, deployment)
      return { fn, release }
    }),

    getFunctionVersion: (gatewayId, functionName, versionId) => versions.get(gatewayId, functionName, versionId),

    listFunctionVersions: (gatewayId, functionName, page) => versions.page(gatewayId, functionName, page)
  }
}
