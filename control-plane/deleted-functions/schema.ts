import { Type, type Static } from 'typebox'
import { cloudFunction, deployQuery } from '../functions/schema.ts'
import { timestamp } from '../schemas.ts'
import type { DeletedFunction } from '../store/documents.ts'

const { name, methods, path, version } = cloudFunction.properties

export const deletedFunction = Type.Object({
  name,
  methods,
  path,
  version,
  deletedAt: timestamp,
  restorableUntil: timestamp
}, { title: 'DeletedCloudFunction', description: 'A function that was deleted and can be restored.' })

export const restoreQuery = Type.Object({ deploy: deployQuery.properties.deploy }, { additionalProperties: false })

export function representDeleted ({ name, methods, path, latestVersion: version, deletedAt, restorableUntil }: DeletedFunction): Static<typeof deletedFunction> {
  return { name, methods, path, version, deletedAt, restorableUntil }
}
