import { expectRevision, taken } from '../refusals.ts'
import type { Context, Operations } from './operations.ts'

type GatewayOperations = Pick<Operations, 'createGateway' | 'getGateway' | 'listGateways' | 'replaceGateway' | 'deleteGateway'>

export function gatewayOperations ({ tables, write }: Context): GatewayOperations {
  return {
    createGateway: (gateway, environments) => write(({ revision, touch }) => {
      if (tables.gateways.get(gateway.id) !== null) throw taken('gateway', 'id')
      const created = tables.gateways.insert([gateway.id], { ...gateway, revision })
      touch({ type: 'gateway', gatewayId: gateway.id })
      for (const environment of environments) {
        tables.environments.insert([gateway.id, environment.name], { ...environment, revision })
        touch({ type: 'environment', gatewayId: gateway.id, environment: environment.name })
      }
      return created
    }),

    getGateway: id => tables.gateways.get(id),

    listGateways: page => tables.gateways.page([], page),

    replaceGateway: (gateway, expectedRevision) => write(({ revision, touch }) => {
      expectRevision(tables.gateways.get(gateway.id), expectedRevision, 'gateway')
      touch({ type: 'gateway', gatewayId: gateway.id })
      return tables.gateways.update([gateway.id], { ...gateway, revision })
    }),

    deleteGateway: (id, expectedRevision) => write(({ revision, touch }) => {
      expectRevision(tables.gateways.get(id), expectedRevision, 'gateway')
      // All that is in it goes with it: the foreign keys cascade.
      tables.gateways.delete(id)
      touch({ type: 'gateway', gatewayId: id, removed: true })
      return revision
    })
  }
}
