import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { mergePatch } from '#shared/merge-patch.ts'
import { invalidField } from './field-errors.ts'
import { validatorCompiler } from './validation.ts'

/** What a PATCH sends: members to set, `null` to unset. */
export type Patch = Record<string, unknown>

/**
 * For routes that take a merge patch: the body need only be an object. Checked is what comes of it, by the schema of the resource; a
 * part of a patch may well be less than a whole, and its own schema is documentation.
 */
export const patchValidatorCompiler: FastifySchemaCompiler<TSchema> = route => route.httpPart === 'body' ? onlyAnObject : validatorCompiler(route)

function onlyAnObject (body: unknown): { value: unknown } | { error: Error } {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return { value: body }
  return { error: invalidField('', 'must be an object') }
}

/** @param check of the whole, see `compileCheck` */
export function applyPatch<Document> (current: Document, patch: Patch, check: (value: unknown) => Document): Document {
  return check(mergePatch(current, patch))
}
