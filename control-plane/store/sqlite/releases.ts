import { newVersions } from '../changes.ts'
import type { Release } from '../documents.ts'
import { releasesRetained, StoreError, type Deployment } from '../store.ts'
import { missing, type Context, type Operations } from './operations.ts'
import type { Transaction } from './transaction.ts'
import type { Versions } from './versions.ts'

type ReleaseOperations = Pick<Operations, 'createRelease' | 'getRelease' | 'listReleases'>

export function releaseOperations ({ tables, write }: Context, deploy: Deploy): ReleaseOperations {
  return {
    createRelease: (gatewayId, deployment) => write(transaction => ({
      release: deploy(transaction, gatewayId, deployment), revision: transaction.revision
    })),

    getRelease: ({ gatewayId, environment }, number) => tables.releases.get(gatewayId, environment, number),

    listReleases: ({ gatewayId, environment }, page) => tables.releases.page([gatewayId, environment], page)
  }
}

/** Makes the release and points its environment at it, within a transaction. */
export type Deploy = (transaction: Transaction, gatewayId: string, deployment: Deployment) => Release

export function createDeploy ({ tables }: Context, versions: Versions): Deploy {
  return ({ revision, at, touch }, gatewayId, { environment: name, basedOn, ...content }) => {
    const environment = tables.environments.get(gatewayId, name)
    if (environment === null) throw missing('environment')
    if (environment.release !== basedOn) {
      throw new StoreError('revision_mismatch', `${name} serves release ${environment.release}, not ${basedOn}`)
    }
    const before = basedOn === null ? [] : tables.releases.get(gatewayId, name, basedOn)?.routes ?? []
    const added = newVersions(content.routes, before)
    if (!added.every(version => versions.has(gatewayId, version))) throw missing('functionVersion')
    // The environment serves its newest release always (a rollback is a new one), so the next number follows from it.
    const number = (basedOn ?? 0) + 1
    const release = tables.releases.insert([gatewayId, name, number], { gatewayId, environment: name, number, ...content })
    tables.releases.delete(gatewayId, name, number - releasesRetained)
    tables.environments.update([gatewayId, name], { ...environment, release: number, updatedAt: at, revision })
    touch({ type: 'environment', gatewayId, environment: name, versions: added })
    return release
  }
}
