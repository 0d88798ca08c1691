import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem, type FieldError } from '#shared/errors.ts'
import { escapePointer } from './field-errors.ts'

/** Little that the admin API takes nests half as deep. */
const usualDepth = 32

/**
 * Bodies are JSON and nothing else. An empty one is no body: routes that need one say so.
 * @throws {Problem} for what is not JSON in UTF-8, and for members and texts that no field can hold
 */
export function parseJsonBodies (app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(['application/json', 'application/merge-patch+json'], { parseAs: 'buffer' }, parse)
}

async function parse (_request: FastifyRequest, body: Buffer): Promise<unknown> {
  if (body.length === 0) return undefined
  const value = parseJson(body)
  refuseUnusable(value)
  return value
}

/** @throws {Problem} `malformed_request` for what is not JSON in UTF-8 */
export function parseJson (body: Buffer): unknown {
  if (!isUtf8(body)) throw new Problem('malformed_request', 'The body is not UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    // V8's message quotes the body, which may hold a secret: only the place is passed on.
    const place = /\(line \d+ column \d+\)/.exec(error instanceof Error ? error.message : '')?.[0] ?? ''
    throw new Problem('malformed_request', `The body is not valid JSON${place && ` ${place}`}.`)
  }
}

/** @throws {Problem} `validation_failed` for members and texts that no field can hold */
export function refuseUnusable (value: unknown, maxDepth = usualDepth): void {
  const errors = findUnusable(value, maxDepth)
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
}

/** Without recursion: the text decides how deep it goes. */
function findUnusable (root: unknown, maxDepth: number): FieldError[] {
  const pending = [{ value: root, pointer: '', depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, pointer, depth } = next
    if (typeof value === 'string') {
      const detail = textFault(value)
      if (detail !== null) return [{ pointer, detail }]
    } else if (typeof value === 'object' && value !== null) {
      if (depth === maxDepth) return [{ pointer, detail: `must not nest deeper than ${maxDepth} levels` }]
      for (const [name, member] of Object.entries(value)) {
        // Own members after JSON.parse, but whoever copies such an object carelessly sets its prototype.
        if (name === '__proto__') return [{ pointer: `${pointer}/__proto__`, detail: 'is not a known field' }]
        const detail = textFault(name)
        if (detail !== null) return [{ pointer, detail: `has a member whose name ${detail}` }]
        pending.push({ value: member, pointer: `${pointer}/${escapePointer(name)}`, depth: depth + 1 })
      }
    }
  }
  return []
}

/** Texts that a store would not give back as they were. */
function textFault (text: string): string | null {
  if (text.includes('\0')) return 'must not contain the character U+0000'
  if (!text.isWellFormed()) return 'must not contain half of a surrogate pair'
  return null
}
