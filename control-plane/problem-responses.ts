import { Type } from 'typebox'
import { problemContentType, problems, type ProblemCode } from '#shared/errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route answers when it refuses, for its documentation. */
    problems?: readonly ProblemCode[]
  }
}

const problemSchema = Type.Object({
  type: Type.String({ format: 'uri' }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String({ description: 'Stable: clients may branch on it.' }),
  requestId: Type.String({ description: 'Also in `x-request-id`; finds the request in the log.' }),
  errors: Type.Optional(Type.Array(Type.Object({
    pointer: Type.String({ description: 'JSON Pointer (RFC 6901) into the body, or `/query/…`, `/params/…`, `/headers/…`.' }),
    detail: Type.String(),
    file: Type.Optional(Type.String()),
    line: Type.Optional(Type.Integer({ description: 'From 1.' })),
    column: Type.Optional(Type.Integer({ description: 'From 1.' }))
  })))
}, { title: 'Problem', description: 'RFC 9457' })

/** What every route of the admin API can answer, whatever it does. */
export const everywhere: readonly ProblemCode[] = ['malformed_request', 'validation_failed', 'unauthorized', 'internal', 'store_unavailable']

/**
 * Error answers by status, for the documentation alone: `errors.ts` writes them, whatever a route answers otherwise. As schemas of the
 * routes each would be compiled to a serializer that nobody calls; building the app took more than twice as long.
 */
export function problemResponses (codes: readonly ProblemCode[]): Record<string, unknown> {
  const byStatus = Map.groupBy(new Set(codes), code => String(problems[code][0]))
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, {
    description: group.map(code => `\`${code}\`: ${problems[code][1]}.`).join(' '),
    content: { [problemContentType]: { schema: problemSchema } }
  }]))
}
