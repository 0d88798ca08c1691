import { Type, type Static } from 'typebox'
import type { Release } from '../store/documents.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'

export const promotion = Type.Object({
  from: environmentName,
  note: Type.Optional(Type.String({ maxLength: 500, default: '' }))
}, { title: 'Promotion', additionalProperties: false })

export const release = Type.Object({
  number: Type.Integer({ description: '1, 2, 3 within the environment.' }),
  environment: environmentName,
  from: Type.Union([environmentName, Type.Null()], { description: 'The environment it was promoted from; `null` for a deployment.' }),
  note: Type.String(),
  routes: Type.Array(Type.Object({
    functionName: Type.String(),
    versionId: Type.String(),
    methods: Type.Array(Type.String()),
    path: Type.String(),
    timeoutMs: Type.Integer()
  })),
  createdAt: timestamp
}, { title: 'Release', description: 'What an environment serves or has served: which version of which function answers where. It never changes.' })

export const releasesParams = params({ gatewayId, envName: environmentName })

export type Promotion = Static<typeof promotion>

export function representRelease ({ number, environment, from, note, routes, createdAt }: Release): Static<typeof release> {
  return { number, environment, from, note, routes, createdAt }
}
