import { addPurge, noPurges } from '#shared/cache-purges.ts'
import { expectRevision, missing, taken } from '../refusals.ts'
import { StoreError, type Store } from '../store.ts'
import { idOf } from './collections.ts'
import { insertEnvironment } from './new-environment.ts'
import type { Context, Writes } from './operations.ts'

type Reads = Pick<Store, 'getEnvironment' | 'listEnvironments'>
type EnvironmentWrites = Pick<Writes, 'createEnvironment' | 'replaceEnvironment' | 'purgeCache' | 'deleteEnvironment'>

export function environmentOperations ({ gateways, environments, collections }: Context): { reads: Reads, writes: EnvironmentWrites } {
  return {
    reads: {
      getEnvironment: async (gatewayId, name) => await environments.find(idOf(gatewayId, name)),
      listEnvironments: async (gatewayId, page) => await environments.page({ gatewayId }, 'name', 'text', page)
    },
    writes: {
      createEnvironment: async ({ session, revision, at, touch }, draft) => {
        const { gatewayId, name } = draft
        const gateway = await gateways.find(gatewayId, session)
        if (gateway === null) throw missing('gateway')
        const id = idOf(gatewayId, name)
        if (await environments.find(id, session) !== null) throw taken('environment', 'name')
        const names = gateway.environments.includes(name) ? gateway.environments : [...gateway.environments, name]
        await gateways.update(gatewayId, { environments: names, updatedAt: at, revision }, session)
        touch({ type: 'environment', gatewayId, environment: name })
        await insertEnvironment({ environments, collections }, { ...draft, revision }, session)
        return structuredClone({ ...draft, revision })
      },

      replaceEnvironment: async ({ session, revision, touch }, draft, expectedRevision) => {
        const { gatewayId, name } = draft
        const id = idOf(gatewayId, name)
        const { lastRelease, release, canary, lastCanary, previews, cachePurges } = expectRevision(await environments.find(id, session), expectedRevision, 'environment')
        touch({ type: 'environment', gatewayId, environment: name })
        const replaced = { ...draft, lastRelease, release, canary, lastCanary, previews, ...(cachePurges && { cachePurges }), revision }
        await environments.update(id, replaced, session)
        return structuredClone(replaced)
      },

      purgeCache: async ({ session, revision, touch }, { gatewayId, environment: name }, what) => {
        const id = idOf(gatewayId, name)
        const environment = await environments.find(id, session)
        if (environment === null) throw missing('environment')
        await environments.update(id, { cachePurges: addPurge(environment.cachePurges ?? noPurges, what) }, session)
        touch({ type: 'environment', gatewayId, environment: name })
        return revision
      },

      deleteEnvironment: async ({ session, revision, at, touch }, gatewayId, name, expectedRevision) => {
        const gateway = await gateways.find(gatewayId, session)
        if (gateway === null) throw missing('gateway')
        const id = idOf(gatewayId, name)
        expectRevision(await environments.find(id, session), expectedRevision, 'environment')
        if (gateway.defaultEnvironment === name) {
          throw new StoreError('is_default', `${name} is the default environment of ${gatewayId}`)
        }
        // Its clients, their keys and its variables are in its document; the rest stands beside it.
        await environments.remove(id, session)
        for (const collection of collections.ofEnvironment) await collection.deleteMany({ gatewayId, environment: name }, { session })
        await gateways.update(gatewayId, { environments: gateway.environments.filter(other => other !== name), updatedAt: at, revision }, session)
        touch({ type: 'environment', gatewayId, environment: name, removed: true })
        return revision
      }
    }
  }
}
