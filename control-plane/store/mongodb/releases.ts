import type { ClientSession } from 'mongodb'
import { newVersions, type VersionRef } from '../changes.ts'
import type { Release, Serving } from '../documents.ts'
import { expectRevision, missing } from '../refusals.ts'
import { servedNumbers, servingWith, useOf } from '../serving.ts'
import { StoreError, type Deployment, type EnvironmentRef, type Store } from '../store.ts'
import { idOf } from './collections.ts'
import type { Documents } from './documents.ts'
import type { Context, Writes } from './operations.ts'
import type { Transaction } from './transaction.ts'

type Reads = Pick<Store, 'getRelease' | 'listReleases' | 'findExpiredPreviews'>
type ReleaseWrites = Pick<Writes, 'createRelease' | 'replaceServing'>

export function releaseOperations ({ collections, environments, releases }: Context, deploy: Deploy): { reads: Reads, writes: ReleaseWrites } {
  return {
    reads: {
      getRelease: async ({ gatewayId, environment }, number) => await releases.find(idOf(gatewayId, environment, number)),
      listReleases: async ({ gatewayId, environment }, page) => await releases.page({ gatewayId, environment }, 'number', 'newest', page),
      findExpiredPreviews: async (at, limit) => {
        const found = await collections.environments.find({ 'previews.expiresAt': { $lte: at } }, { projection: { gatewayId: 1, name: 1 } }).limit(limit).toArray()
        return found.map(({ gatewayId, name }) => ({ gatewayId, environment: name }))
      }
    },
    writes: {
      createRelease: async (transaction, gatewayId, deployment) => ({
        release: await deploy(transaction, gatewayId, deployment), revision: transaction.revision
      }),

      replaceServing: async ({ session, revision, at, touch }, { gatewayId, environment: name }, serving, expectedRevision) => {
        const id = idOf(gatewayId, name)
        const environment = expectRevision(await environments.find(id, session), expectedRevision, 'environment')
        const named = async (served: Serving): Promise<Map<number, Release>> => {
          const found = await findServed(releases, { gatewayId, environment: name }, served, session)
          if (found === null) throw missing('release')
          return found
        }
        const [after, before] = [await named(serving), await named(environment)]
        touch({ type: 'environment', gatewayId, environment: name, versions: newVersions(routesOf(after), routesOf(before)) })
        for (const [number, { use }] of before) {
          if (!after.has(number) && use === 'preview') await releases.remove(idOf(gatewayId, name, number), session)
        }
        const moved = { ...environment, ...serving, updatedAt: at, revision }
        await environments.update(id, moved, session)
        return structuredClone(moved)
      }
    }
  }
}

/** By their numbers; `null`: one of them is not there. */
export async function findServed (
  releases: Documents<Release>, { gatewayId, environment }: EnvironmentRef, served: Omit<Serving, 'lastCanary'>, session: ClientSession
): Promise<Map<number, Release> | null> {
  const numbers = servedNumbers(served)
  const found = await releases.findAll(numbers.map(number => idOf(gatewayId, environment, number)), session)
  const byNumber = new Map(found.map(release => [release.number, release]))
  return numbers.every(number => byNumber.has(number)) ? byNumber : null
}

function routesOf (releases: Map<number, Release>): VersionRef[] {
  return [...releases.values()].flatMap(({ routes }) => routes)
}

/** Makes the release and puts it to its use. */
export type Deploy = (transaction: Transaction, gatewayId: string, deployment: Deployment) => Promise<Release>

/** @param releasesRetained of each environment, beside previews and what it serves */
export function createDeploy ({ collections, environments, releases }: Context, releasesRetained: number): Deploy {
  return async ({ session, revision, at, touch }, gatewayId, deployment) => {
    const { environment: name, basedOn, beside = null, use, ...content } = deployment
    const id = idOf(gatewayId, name)
    const environment = await environments.find(id, session)
    if (environment === null) throw missing('environment')
    if (environment.release !== basedOn || (environment.canary?.release ?? null) !== beside) {
      throw new StoreError('revision_mismatch', `${name} serves release ${environment.release}, not ${basedOn}, or another canary`)
    }
    const before = await findServed(releases, { gatewayId, environment: name }, environment, session)
    const added = newVersions(content.routes, before === null ? [] : routesOf(before))
    const stored = await collections.functionVersions.countDocuments(
      { _id: { $in: added.map(({ functionName, versionId }) => idOf(gatewayId, functionName, versionId)) } }, { session }
    )
    if (stored < added.length) throw missing('functionVersion')
    const number = environment.lastRelease + 1
    const release: Release = {
      gatewayId, environment: name, number, use: useOf(use), basedOn, ...content
    }
    await releases.insert(idOf(gatewayId, name, number), release, session)
    const serving = servingWith(environment, number, deployment)
    await forgetOld(collections, { gatewayId, environment: name }, releasesRetained, servedNumbers(serving), session)
    await environments.update(id, { ...serving, lastRelease: number, updatedAt: at, revision }, session)
    touch({ type: 'environment', gatewayId, environment: name, versions: added })
    return structuredClone(release)
  }
}

/** Previews end when they expire: they take no place among the last ones. */
async function forgetOld (
  collections: Context['collections'], { gatewayId, environment }: EnvironmentRef, releasesRetained: number, served: number[], session: ClientSession
): Promise<void> {
  const history = { gatewayId, environment, use: { $ne: 'preview' as const } }
  const [last] = await collections.releases
    .find(history, { projection: { number: 1 }, session }).sort({ number: -1 }).skip(releasesRetained).limit(1).toArray()
  if (last !== undefined) await collections.releases.deleteMany({ ...history, number: { $lte: last.number, $nin: served } }, { session })
}
