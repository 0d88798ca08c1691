import { Type, type Static } from 'typebox'
import { routePathPattern } from '../../routes.ts'
import { changes } from '../headers/schema.ts'

const name = Type.String({ minLength: 1, maxLength: 200 })

export const proxyRewriteSchema = Type.Object({
  path: Type.Optional(Type.String({
    pattern: routePathPattern, maxLength: 512,
    description: 'In the place of the path that was sent, behind that of an upstream. `:param` and `*` are segments of the endpoint\'s path, as they were sent; where it does not have them all, the path stays.'
  })),
  method: Type.Optional(Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], { description: 'In the place of the one that was sent; what becomes a GET has no body. HEAD and OPTIONS stay what they are.' })),
  query: Type.Optional(Type.Object({
    set: Type.Optional(Type.Record(name, Type.String({ maxLength: 1_000 }), { maxProperties: 50, description: 'Put in the place of what is there.' })),
    remove: Type.Optional(Type.Array(name, { maxItems: 50 })),
    keep: Type.Optional(Type.Array(name, { maxItems: 50, description: 'What is not named here is removed.' }))
  }, { additionalProperties: false, minProperties: 1 })),
  headers: changes('As with `headers`.'),
  host: Type.Optional(Type.String({
    pattern: '^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::\\d{1,5})?$', description: '`Host` of what an upstream is asked. Default: that of its URL. Functions see the one that was sent.'
  }))
}, { additionalProperties: false, minProperties: 1, title: 'proxy-rewrite', description: 'Asks the function or the upstream for something else than the client has asked for. Other policies see what was sent.' })

export type ProxyRewriteSettings = Static<typeof proxyRewriteSchema>
