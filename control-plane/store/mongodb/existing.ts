import type { ClientSession } from 'mongodb'
import type { EnvironmentRef } from '../store.ts'
import { idOf, type Collections } from './collections.ts'

/** Those that are about environments which are there. */
export async function ofExisting<Thing extends EnvironmentRef> ({ environments }: Pick<Collections, 'environments'>, things: readonly Thing[], session?: ClientSession): Promise<Thing[]> {
  if (things.length === 0) return []
  const ids = new Set(things.map(({ gatewayId, environment }) => idOf(gatewayId, environment)))
  const found = await environments.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 }, ...(session && { session }) }).toArray()
  const existing = new Set(found.map(({ _id }) => _id))
  return things.filter(({ gatewayId, environment }) => existing.has(idOf(gatewayId, environment)))
}
