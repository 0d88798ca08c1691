import { newVersions, type VersionRef } from '../changes.ts'
import type { Release, Serving } from '../documents.ts'
import { expectRevision, missing } from '../refusals.ts'
import { servedNumbers, servingWith, useOf } from '../serving.ts'
import { StoreError, type Deployment, type EnvironmentRef } from '../store.ts'
import type { Context, Operations } from './operations.ts'
import type { Transaction } from './transaction.ts'
import type { Versions } from './versions.ts'

type ReleaseOperations = Pick<Operations, 'createRelease' | 'replaceServing' | 'findExpiredPreviews' | 'getRelease' | 'listReleases'>

export function releaseOperations ({ db, tables, write }: Context, deploy: Deploy): ReleaseOperations {
  const withExpired = db.prepare(`
    SELECT gatewayId, name AS environment FROM environments WHERE json_array_length(document, '$.previews') > 0
      AND EXISTS (SELECT 1 FROM json_each(document, '$.previews') WHERE json_extract(value, '$.expiresAt') <= ?)
    LIMIT ?`)
  const find = (gatewayId: string, environment: string, number: number): Release => {
    const release = tables.releases.get(gatewayId, environment, number)
    if (release === null) throw missing('release')
    return release
  }

  return {
    createRelease: (gatewayId, deployment) => write(transaction => ({
      release: deploy(transaction, gatewayId, deployment), revision: transaction.revision
    })),

    replaceServing: ({ gatewayId, environment: name }, serving, expectedRevision) => write(({ revision, at, touch }) => {
      const environment = expectRevision(tables.environments.get(gatewayId, name), expectedRevision, 'environment')
      const routes = (served: Serving): VersionRef[] => servedNumbers(served).flatMap(number => find(gatewayId, name, number).routes)
      touch({ type: 'environment', gatewayId, environment: name, versions: newVersions(routes(serving), routes(environment)) })
      const kept = new Set(servedNumbers(serving))
      for (const number of servedNumbers(environment)) {
        if (!kept.has(number) && find(gatewayId, name, number).use === 'preview') tables.releases.delete(gatewayId, name, number)
      }
      return tables.environments.update([gatewayId, name], { ...environment, ...serving, updatedAt: at, revision })
    }),

    findExpiredPreviews: (at, limit) => withExpired.all(at, limit).map(row => ({ ...row })) as unknown as EnvironmentRef[],

    getRelease: ({ gatewayId, environment }, number) => tables.releases.get(gatewayId, environment, number),

    listReleases: ({ gatewayId, environment }, page) => tables.releases.page([gatewayId, environment], page)
  }
}

/** Makes the release and puts it to its use, within a transaction. */
export type Deploy = (transaction: Transaction, gatewayId: string, deployment: Deployment) => Release

/** @param releasesRetained of each environment, beside previews and what it serves */
export function createDeploy ({ db, tables }: Context, versions: Versions, releasesRetained: number): Deploy {
  const history = "FROM releases WHERE gatewayId = ? AND environment = ? AND json_extract(document, '$.use') <> 'preview'"
  // Previews end when they expire: they take no place among the last ones.
  const forget = db.prepare(`DELETE ${history} AND number <= (SELECT number ${history} ORDER BY number DESC LIMIT 1 OFFSET ?)
    AND number NOT IN (SELECT value FROM json_each(?))`)
  return ({ revision, at, touch }, gatewayId, deployment) => {
    const { environment: name, basedOn, beside = null, use, ...content } = deployment
    const environment = tables.environments.get(gatewayId, name)
    if (environment === null) throw missing('environment')
    if (environment.release !== basedOn || (environment.canary?.release ?? null) !== beside) {
      throw new StoreError('revision_mismatch', `${name} serves release ${environment.release}, not ${basedOn}, or another canary`)
    }
    const before = servedNumbers(environment).flatMap(number => tables.releases.get(gatewayId, name, number)?.routes ?? [])
    const added = newVersions(content.routes, before)
    if (!added.every(version => versions.has(gatewayId, version))) throw missing('functionVersion')
    const number = environment.lastRelease + 1
    const release = tables.releases.insert([gatewayId, name, number], {
      gatewayId, environment: name, number, use: useOf(use), basedOn, ...content
    })
    const serving = servingWith(environment, number, deployment)
    forget.run(gatewayId, name, gatewayId, name, releasesRetained, JSON.stringify(servedNumbers(serving)))
    tables.environments.update([gatewayId, name], { ...environment, ...serving, lastRelease: number, updatedAt: at, revision })
    touch({ type: 'environment', gatewayId, environment: name, versions: added })
    return release
  }
}
