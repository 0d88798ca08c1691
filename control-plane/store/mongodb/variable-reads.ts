import type { ClientSession } from 'mongodb'
import type { VariableUse } from '#shared/usage.ts'
import type { VariableReads } from '../records.ts'
import { variableVersionsRetained } from '../store.ts'
import { joinNames, namesOf } from '../usage/variables.ts'
import { decode, encode } from './codec.ts'
import { idOf, type Collections } from './collections.ts'
import { forgetSome } from './forget.ts'

/** The variables that versions of functions have read: a document for each version and environment. */
export interface VariableReadings {
  /** The environments have to be there. */
  add: (uses: readonly VariableUse[], seenAt: string, session: ClientSession) => Promise<void>
  list: (gatewayId: string, functionName: string) => Promise<VariableReads[]>
  /** What was last heard of before that time. */
  forget: (before: string, limit: number) => Promise<number>
}

export function openVariableReadings ({ variableReads, named }: Pick<Collections, 'variableReads' | 'named'>): VariableReadings {
  /** Of the function that this is about in this environment. */
  const trim = async ({ gatewayId, functionName, environment }: VariableUse, session: ClientSession): Promise<void> => {
    const beyond = await variableReads.find({ gatewayId, functionName, environment }, { projection: { _id: 1 }, session })
      .sort({ seenAt: -1, versionId: 1 }).skip(variableVersionsRetained).toArray()
    if (beyond.length > 0) await variableReads.deleteMany({ _id: { $in: beyond.map(({ _id }) => _id) } }, { session })
  }
  return {
    add: async (uses, seenAt, session) => {
      if (uses.length === 0) return
      const names = new Map<string, VariableReads['names']>()
      const ids = new Set(uses.map(readsId))
      for await (const { _id, names: known } of variableReads.find({ _id: { $in: [...ids] } }, { projection: { names: 1 }, session })) names.set(_id, decode(known))
      for (const use of uses) names.set(readsId(use), joinNames(names.get(readsId(use)) ?? [], namesOf(use)))
      const written = new Map(uses.map(use => [readsId(use), use]))
      await variableReads.bulkWrite([...written].map(([_id, { gatewayId, environment, functionName, versionId }]) => ({
        replaceOne: { filter: { _id }, replacement: { gatewayId, environment, functionName, versionId, names: encode(names.get(_id)!), seenAt }, upsert: true }
      })), { session })
      const functions = new Map(uses.map(use => [idOf(use.gatewayId, use.functionName, use.environment), use]))
      for (const use of functions.values()) await trim(use, session)
    },
    list: async (gatewayId, functionName) => {
      const found = await variableReads.find({ gatewayId, functionName }, { projection: { _id: 0, gatewayId: 0 } }).sort({ seenAt: -1, environment: 1, versionId: 1 }).toArray()
      return found.map(reads => decode<VariableReads>(reads))
    },
    forget: async (before, limit) => await forgetSome(named('variableReads'), { seenAt: { $lt: before } }, limit)
  }
}

function readsId (use: VariableUse): string {
  return idOf(use.gatewayId, use.functionName, use.environment, use.versionId)
}
