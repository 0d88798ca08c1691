import type { IncomingHttpHeaders } from 'node:http'
import { fieldOf, type Fields } from './fields.ts'

/** With which a request asks for something that it does not have yet. */
export interface Conditions {
  readonly ifNoneMatch: string | undefined
  readonly ifModifiedSince: string | undefined
}

export function conditionsOf (headers: IncomingHttpHeaders): Conditions {
  return { ifNoneMatch: headers['if-none-match'], ifModifiedSince: headers['if-modified-since'] }
}

/** Whether 304 is the answer (RFC 9110, sections 13.1.2, 13.1.3 and 13.2.2; RFC 9111, section 4.3.2). */
export function isUnchanged ({ ifNoneMatch, ifModifiedSince }: Conditions, status: number, fields: Fields): boolean {
  if (status !== 200) return false
  if (ifNoneMatch !== undefined) return ifNoneMatch.trim() === '*' || namesTag(ifNoneMatch, fieldOf(fields, 'etag'))
  if (ifModifiedSince === undefined) return false
  const since = Date.parse(ifModifiedSince)
  return Date.parse(fieldOf(fields, 'last-modified') ?? fieldOf(fields, 'date') ?? '') <= since
}

const entityTag = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g

/** RFC 9110, section 8.8.3.2: weak comparison. */
function namesTag (list: string, etag: string | undefined): boolean {
  if (etag === undefined) return false
  const opaque = etag.startsWith('W/') ? etag.slice(2) : etag
  return [...list.matchAll(entityTag)].some(([, tag]) => tag === opaque)
}

/** RFC 9110, section 15.4.5: nothing about what is not sent. */
export function unchangedFields (fields: Fields): Array<[name: string, value: string]> {
  return fields.filter(([name]) => !name.startsWith('content-') || name === 'content-location').map(([name, value]) => [name, value])
}
