import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Problem } from '#shared/errors.ts'

/** SHA-256, hexadecimal: all that is kept of the admin token. It has too many bits to need a slow hash. */
export function hashToken (token: string): string {
  return hash('sha256', token, 'hex')
}

/**
 * Lets in only who presents the token with this hash, on every route of `app` and on its 404s.
 * Digests are compared, in constant time: neither a prefix nor a length can be found out by trying.
 */
export function requireBearer (app: FastifyInstance, tokenHash: string, title: string): void {
  app.addHook('onRequest', async request => {
    const token = readBearer(request)
    if (token === null || !isHashOf(tokenHash, token)) throw unauthorized(token, title)
  })
}

export function isHashOf (tokenHash: string, token: string): boolean {
  return timingSafeEqual(hash('sha256', token, 'buffer'), Buffer.from(tokenHash, 'hex'))
}

/** @param token what was presented; `null`: nothing */
export function unauthorized (token: string | null, title: string): Problem {
  // RFC 6750, section 3: the error is named only where credentials were presented.
  const challenge = token === null ? 'Bearer realm="imprun"' : 'Bearer realm="imprun", error="invalid_token"'
  return new Problem('unauthorized', `Send ${title} as "Authorization: Bearer <token>".`, { headers: { 'www-authenticate': challenge } })
}

/** The scheme's name is case-insensitive (RFC 9110, section 11.1). */
export function readBearer (request: FastifyRequest): string | null {
  return /^bearer +([\x21-\x7e]+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null
}
