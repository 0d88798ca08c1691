import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'

/** Who asks, where no client is known. IPv6: the /64, which is what one subscriber is given; else everyone would be 2^64 of them. */
export function peerAddress (request: FastifyRequest): string {
  const remote = request.raw.socket.remoteAddress ?? ''
  return remote.includes(':') ? normalizeIP(remote) : remote
}
