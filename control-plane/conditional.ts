import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Problem } from '#shared/errors.ts'

/**
 * Conditional requests (RFC 9110, section 13): nobody's work is overwritten unseen.
 * A tag is the revision at which the resource last changed, so it is a strong one.
 */
export interface Precondition {
  /**
   * @param etag of the resource as it is, `null` where there is none
   * @param others of representations that say the same moment
   * @throws {Problem} `precondition_failed`
   */
  check: (etag: string | null, others?: readonly string[]) => void
  /** Whether `check` throws nothing. */
  holds: (etag: string | null, others?: readonly string[]) => boolean
  /** Whether `If-Match` names tags: who does not has no use for `others`. */
  namesTags: boolean
  /** Those that `If-Match` names. */
  tags: readonly string[]
}

export function etagOf (revision: number): string {
  return `"${revision}"`
}

/** @throws {Problem} `malformed_request` for what is not a list of tags */
export function readPrecondition (headers: IncomingHttpHeaders): Precondition {
  const ifMatch = parseTags('if-match', headers['if-match'])
  const ifNoneMatch = parseTags('if-none-match', headers['if-none-match'])
  // Strong comparison (section 8.8.3.2): a weak tag equals none of ours.
  const matches = (etag: string | null, others: readonly string[]): boolean =>
    !ifMatch || (etag !== null && (ifMatch === '*' || [etag, ...others].some(tag => ifMatch.includes(tag))))
  const isAbsent = (etag: string | null): boolean =>
    !ifNoneMatch || etag === null || !(ifNoneMatch === '*' || ifNoneMatch.some(tag => withoutWeakness(tag) === etag))
  return {
    namesTags: Array.isArray(ifMatch),
    tags: Array.isArray(ifMatch) ? ifMatch : [],
    holds: (etag, others = []) => matches(etag, others) && isAbsent(etag),
    check: (etag, others = []) => {
      if (!matches(etag, others)) {
        if (etag === null) throw new Problem('precondition_failed', 'It does not exist.')
        throw new Problem('precondition_failed', `It is at ${etag} now.`, { headers: { etag } })
      }
      if (etag !== null && !isAbsent(etag)) throw new Problem('precondition_failed', 'It exists already.', { headers: { etag } })
    }
  }
}

/** Answers 304 in place of a representation that the reader has. */
export function answerNotModified (app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const etag = reply.getHeader('etag')
    if (reply.statusCode !== 200 || typeof etag !== 'string' || !['GET', 'HEAD'].includes(request.method)) return payload
    const tags = parseTags('if-none-match', request.headers['if-none-match'])
    if (!tags || !(tags === '*' || tags.some(tag => withoutWeakness(tag) === etag))) return payload
    reply.code(304).removeHeader('content-type').removeHeader('content-length')
    return ''
  })
}

function parseTags (header: string, text: string | undefined): string[] | '*' | null {
  if (text === undefined) return null
  if (text.trim() === '*') return '*'
  // Section 8.8.3: opaque-tag = DQUOTE *etagc DQUOTE
  const tag = '(?:W/)?"[\\x21\\x23-\\x7e\\x80-\\xff]*"'
  if (!new RegExp(`^\\s*${tag}(?:\\s*,\\s*${tag})*\\s*$`).test(text)) {
    const errors = [{ pointer: `/headers/${header}`, detail: 'must be * or entity tags in double quotes, separated by commas' }]
    throw new Problem('malformed_request', undefined, { errors })
  }
  return text.match(new RegExp(tag, 'g')) ?? []
}

function withoutWeakness (tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}
