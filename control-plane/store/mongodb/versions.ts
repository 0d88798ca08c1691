import type { ClientSession } from 'mongodb'
import type { FeedFunctionVersion } from '#shared/feed.ts'
import type { VersionRef } from '../changes.ts'
import type { FunctionVersion, FunctionVersionSummary } from '../documents.ts'
import type { Page, PageRequest } from '../store.ts'
import { decode, encode } from './codec.ts'
import { idOf, type Collections } from './collections.ts'
import { openDocuments } from './documents.ts'

export interface Versions {
  get: (gatewayId: string, functionName: string, id: string) => Promise<FunctionVersion | null>
  page: (gatewayId: string, functionName: string, request: PageRequest) => Promise<Page<FunctionVersionSummary>>
  runnable: (gatewayId: string, version: VersionRef, session?: ClientSession) => Promise<FeedFunctionVersion | null>
  /** Numbers it, unless it is there already. */
  save: (version: Omit<FunctionVersion, 'number'>, session: ClientSession) => Promise<FunctionVersionSummary>
}

export function openVersions ({ functionVersions: collection, named }: Pick<Collections, 'functionVersions' | 'named'>): Versions {
  const summaries = openDocuments<FunctionVersionSummary>(named('functionVersions'), ['texts'])
  return {
    get: async (gatewayId, functionName, versionId) => {
      const found = await collection.findOne({ _id: idOf(gatewayId, functionName, versionId) })
      if (found === null) return null
      const { _id, texts, ...summary } = decode(found)
      return { ...summary, ...texts }
    },
    page: async (gatewayId, functionName, request) => await summaries.page({ gatewayId, functionName }, 'number', 'newest', request),
    runnable: async (gatewayId, { functionName, versionId }, session) => {
      const found = await collection.findOne(
        { _id: idOf(gatewayId, functionName, versionId) }, { projection: { 'texts.bundle': 1, 'texts.sourceMap': 1 }, ...(session && { session }) }
      )
      return found === null ? null : { functionName, ...decode(found.texts) }
    },
    save: async ({ files, bundle, sourceMap, ...draft }, session) => {
      const { gatewayId, functionName, id } = draft
      const there = await summaries.find(idOf(gatewayId, functionName, id), session)
      if (there !== null) return there
      const [last] = await collection.find({ gatewayId, functionName }, { projection: { number: 1 }, session }).sort({ number: -1 }).limit(1).toArray()
      const version: FunctionVersionSummary = { ...draft, number: (last?.number ?? 0) + 1 }
      await collection.insertOne({ _id: idOf(gatewayId, functionName, id), ...encode({ ...version, texts: { files, bundle, sourceMap } }) }, { session })
      return structuredClone(version)
    }
  }
}
