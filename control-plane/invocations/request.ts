import { Problem, type FieldError } from '#shared/errors.ts'
import type { InvocationRequest } from '#shared/invocations.ts'
import { pathFault } from '#shared/request-path.ts'
import { compileRoutes } from '#shared/routes.ts'
import { escapePointer } from '../field-errors.ts'
import type { InvocationDraft } from './schema.ts'

type Draft = NonNullable<InvocationDraft['request']>

/** All headers together, as the edge counts them. */
const maxHeaderBytes = 16 * 1024

/**
 * The request that a function is to be called with, as the edge would hand it over.
 * @param pattern the function's path; `null`: it has none yet
 * @throws {Problem} `validation_failed`
 */
export function readRequest (draft: Draft, pattern: string | null): InvocationRequest {
  const { method = 'GET', query = '', headers = {} } = draft
  const path = draft.path ?? defaultPath(pattern)
  const params = draft.params ?? matchParams(pattern, path)
  const errors = [...pathErrors(path, params), ...headerErrors(headers), ...bodyErrors(draft, method)]
  if (errors.length > 0 || path === null || params === null) throw new Problem('validation_failed', undefined, { errors })
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return { method, path, query, params, headers: Object.fromEntries(lowerCase), body: encodeBody(draft) }
}

function defaultPath (pattern: string | null): string | null {
  if (pattern === null) return '/'
  return /\/:|\*$/.test(pattern) ? null : pattern
}

function matchParams (pattern: string | null, path: string | null): Record<string, string> | null {
  if (pattern === null) return {}
  if (path === null || pathFault(path) !== null) return null
  return compileRoutes([{ methods: ['GET'], path: pattern }]).match('GET', path)?.params ?? null
}

function pathErrors (path: string | null, params: Record<string, string> | null): FieldError[] {
  const pointer = '/request/path'
  if (path === null) return [{ pointer, detail: 'is required: the function\'s path has parameters' }]
  const fault = pathFault(path)
  if (fault !== null) return [{ pointer, detail: fault }]
  if (path.includes('?')) return [{ pointer, detail: 'must have no query: that is a field of its own' }]
  return params === null ? [{ pointer, detail: 'must be one that the function\'s path answers, or else come with params' }] : []
}

function headerErrors (headers: NonNullable<Draft['headers']>): FieldError[] {
  const seen = new Set<string>()
  let bytes = 0
  const errors: FieldError[] = []
  for (const [name, value] of Object.entries(headers)) {
    const lowerCase = name.toLowerCase()
    if (seen.has(lowerCase)) errors.push({ pointer: `/request/headers/${escapePointer(name)}`, detail: 'stands there twice; several values are an array' })
    seen.add(lowerCase)
    for (const text of [value].flat()) bytes += name.length + text.length + 4
  }
  if (bytes > maxHeaderBytes) errors.push({ pointer: '/request/headers', detail: `must have at most ${maxHeaderBytes} bytes` })
  return errors
}

function bodyErrors ({ body, bodyBase64 }: Draft, method: string): FieldError[] {
  if (body === undefined && bodyBase64 === undefined) return []
  const pointer = body === undefined ? '/request/bodyBase64' : '/request/body'
  if (body !== undefined && bodyBase64 !== undefined) return [{ pointer, detail: 'cannot stand beside bodyBase64: send one or the other' }]
  if (method === 'GET' || method === 'HEAD') return [{ pointer, detail: `cannot be sent with ${method}` }]
  if (bodyBase64 !== undefined && Buffer.from(bodyBase64, 'base64').toString('base64') !== bodyBase64) return [{ pointer, detail: 'must be Base64 (RFC 4648, section 4)' }]
  return []
}

function encodeBody ({ body, bodyBase64 }: Draft): string | null {
  return bodyBase64 ?? (body === undefined ? null : Buffer.from(body).toString('base64'))
}
