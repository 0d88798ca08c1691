import { Type, type Static } from 'typebox'
import { standardMaxBytes, standardMaxEntryBytes } from './defaults.ts'

const seconds = (description: string) => Type.Optional(Type.Integer({ minimum: 0, maximum: 31_536_000, default: 0, description }))

export const cacheSchema = Type.Object({
  defaultSeconds: seconds('For how long an answer is good that does not say so itself. 0: it is not kept.'),
  staleIfErrorSeconds: seconds('For how much longer it may stand in for one that cannot be had, where it does not say so itself (`stale-if-error`, RFC 5861).'),
  staleWhileRevalidateSeconds: seconds('For how much longer it may be given out while a new one is asked for, where it does not say so itself (`stale-while-revalidate`, RFC 5861).'),
  requestDirectives: Type.Optional(Type.Enum(['obey', 'ignore'], { default: 'obey', description: 'Whether a client may ask for something fresher with `Cache-Control`.' })),
  acrossReleases: Type.Optional(Type.Boolean({ default: false, description: 'A new release goes on with what the one before has answered. Otherwise each begins with nothing.' })),
  maxBytes: Type.Optional(Type.Integer({ minimum: 65_536, maximum: 1_073_741_824, default: standardMaxBytes, description: 'Of all that is kept in one worker for the environment; the operator may have set less.' })),
  maxEntryBytes: Type.Optional(Type.Integer({ minimum: 1_024, maximum: 67_108_864, default: standardMaxEntryBytes, description: 'Larger answers are not kept.' }))
}, {
  additionalProperties: false,
  title: 'cache',
  description: 'Keeps answers to GET and gives them out again, as RFC 9111 has it: what functions and upstreams say with `Cache-Control`, `Expires`, `Vary`, `ETag` and `Last-Modified` ' +
    'decides. An authenticated client meets what it was answered itself, and what is `public` or has `s-maxage`. Nothing is kept of requests with `Authorization` or a token, ' +
    'of those with `Cookie` unless it is `public` or has `s-maxage`, of answers with `Set-Cookie`, and of parts. The header `Cache-Tag` of an answer names what it can be purged by, and goes no further. ' +
    'An answer that depends on a header of the request has to say so with `Vary`: whatever else a stranger sends must not change it.'
})

export type CacheSettings = Static<typeof cacheSchema>
