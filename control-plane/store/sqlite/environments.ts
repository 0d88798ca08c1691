import { addPurge, noPurges } from '#shared/cache-purges.ts'
import { expectRevision, missing, taken } from '../refusals.ts'
import { StoreError } from '../store.ts'
import type { Context, Operations } from './operations.ts'

type EnvironmentOperations = Pick<Operations,
  'createEnvironment' | 'getEnvironment' | 'listEnvironments' | 'replaceEnvironment' | 'purgeCache' | 'deleteEnvironment'>

export function environmentOperations ({ tables, write }: Context): EnvironmentOperations {
  return {
    createEnvironment: environment => write(({ revision, at, touch }) => {
      const { gatewayId, name } = environment
      const gateway = tables.gateways.get(gatewayId)
      if (gateway === null) throw missing('gateway')
      if (tables.environments.get(gatewayId, name) !== null) throw taken('environment', 'name')
      const environments = gateway.environments.includes(name) ? gateway.environments : [...gateway.environments, name]
      tables.gateways.update([gatewayId], { ...gateway, environments, updatedAt: at, revision })
      touch({ type: 'environment', gatewayId, environment: name })
      return tables.environments.insert([gatewayId, name], { ...environment, revision })
    }),

    getEnvironment: (gatewayId, name) => tables.environments.get(gatewayId, name),

    listEnvironments: (gatewayId, page) => tables.environments.page([gatewayId], page),

    replaceEnvironment: (environment, expectedRevision) => write(({ revision, touch }) => {
      const { gatewayId, name } = environment
      const { lastRelease, release, canary, lastCanary, previews, cachePurges } = expectRevision(tables.environments.get(gatewayId, name), expectedRevision, 'environment')
      touch({ type: 'environment', gatewayId, environment: name })
      return tables.environments.update([gatewayId, name], { ...environment, lastRelease, release, canary, lastCanary, previews, ...(cachePurges && { cachePurges }), revision })
    }),

    purgeCache: ({ gatewayId, environment: name }, what) => write(({ revision, touch }) => {
      const environment = tables.environments.get(gatewayId, name)
      if (environment === null) throw missing('environment')
      tables.environments.update([gatewayId, name], { ...environment, cachePurges: addPurge(environment.cachePurges ?? noPurges, what) })
      touch({ type: 'environment', gatewayId, environment: name })
      return revision
    }),

    deleteEnvironment: (gatewayId, name, expectedRevision) => write(({ revision, at, touch }) => {
      const gateway = tables.gateways.get(gatewayId)
      if (gateway === null) throw missing('gateway')
      expectRevision(tables.environments.get(gatewayId, name), expectedRevision, 'environment')
      if (gateway.defaultEnvironment === name) {
        throw new StoreError('is_default', `${name} is the default environment of ${gatewayId}`)
      }
      // Its clients, their keys, its variables and releases go with it: they are in its row, or the foreign keys cascade.
      tables.environments.delete(gatewayId, name)
      const environments = gateway.environments.filter(other => other !== name)
      tables.gateways.update([gatewayId], { ...gateway, environments, updatedAt: at, revision })
      touch({ type: 'environment', gatewayId, environment: name, removed: true })
      return revision
    })
  }
}
