import { expectRevision, taken } from '../refusals.ts'
import type { Store } from '../store.ts'
import { insertEnvironment } from './new-environment.ts'
import type { Context, Writes } from './operations.ts'

type Reads = Pick<Store, 'getGateway' | 'listGateways'>
type GatewayWrites = Pick<Writes, 'createGateway' | 'replaceGateway' | 'deleteGateway'>

export function gatewayOperations ({ gateways, environments, collections }: Context): { reads: Reads, writes: GatewayWrites } {
  return {
    reads: {
      getGateway: async id => await gateways.find(id),
      listGateways: async page => await gateways.page({}, 'id', 'text', page)
    },
    writes: {
      createGateway: async ({ session, revision, touch }, gateway, drafts) => {
        if (await gateways.find(gateway.id, session) !== null) throw taken('gateway', 'id')
        const created = await gateways.insert(gateway.id, { ...gateway, revision }, session)
        touch({ type: 'gateway', gatewayId: gateway.id })
        for (const draft of drafts) {
          await insertEnvironment({ environments, collections }, { ...draft, revision }, session)
          touch({ type: 'environment', gatewayId: gateway.id, environment: draft.name })
        }
        return structuredClone(created)
      },

      replaceGateway: async ({ session, revision, touch }, gateway, expectedRevision) => {
        expectRevision(await gateways.find(gateway.id, session), expectedRevision, 'gateway')
        touch({ type: 'gateway', gatewayId: gateway.id })
        return structuredClone(await gateways.replace(gateway.id, { ...gateway, revision }, session))
      },

      deleteGateway: async ({ session, revision, touch }, id, expectedRevision) => {
        expectRevision(await gateways.find(id, session), expectedRevision, 'gateway')
        await gateways.remove(id, session)
        for (const collection of collections.ofGateway) await collection.deleteMany({ gatewayId: id }, { session })
        touch({ type: 'gateway', gatewayId: id, removed: true })
        return revision
      }
    }
  }
}
