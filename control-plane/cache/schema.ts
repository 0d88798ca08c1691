import { Type, type Static } from 'typebox'
import { environmentName, gatewayId, params } from '../schemas.ts'

export const cacheParams = params({ gatewayId, envName: environmentName })

const maxTargets = 100

export const cachePurge = Type.Object({
  paths: Type.Optional(Type.Array(Type.String({ pattern: '^/[!-~]*$', maxLength: 500 }), {
    minItems: 1, maxItems: maxTargets, description: 'As requests have them, whatever their query. One that ends with `*` is the beginning of paths: `/products/*`.'
  })),
  tags: Type.Optional(Type.Array(Type.String({ pattern: '^[!-+\\--~]{1,200}$' }), {
    minItems: 1, maxItems: maxTargets, description: 'Those that answers were given in `Cache-Tag`.'
  })),
  all: Type.Optional(Type.Literal(true, { description: 'Instead of paths and tags.' }))
}, { title: 'CachePurge', additionalProperties: false, minProperties: 1 })

export type CachePurgeBody = Static<typeof cachePurge>
