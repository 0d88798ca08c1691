import type { FastifyReply } from 'fastify'
import { etagOf } from './conditional.ts'

type Headers = Pick<FastifyReply, 'header'>

/** A single resource: its tag is what `If-Match` and `If-None-Match` are compared with. */
export function tag (reply: Headers, revision: number, etag = etagOf(revision)): void {
  reply.header('etag', etag)
}

/** After a write: the revision of the store that has it. A data plane that has applied this revision serves the change. */
export function written (reply: Headers, revision: number, etag = etagOf(revision)): void {
  tag(reply, revision, etag)
  reply.header('x-imprun-revision', revision)
}

/** After a write that leaves nothing to tag. */
export function removed (reply: Headers, revision: number): void {
  reply.header('x-imprun-revision', revision)
}
