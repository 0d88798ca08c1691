import { Type, type Static } from 'typebox'
import { environmentNamePattern, gatewayIdPattern } from '#shared/names.ts'
import { maxReasonLength, maxRefusals } from '#shared/refusals.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'

const kind = Type.Enum(['gateway', 'environment', 'client', 'function-version'])
const revision = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

export const refusal = Type.Object({
  dataPlane: Type.String({ description: 'Id of the data plane, as `GET /v1/data-planes` lists it.' }),
  kind: Type.Enum(['gateway', 'environment', 'client', 'function-version'], { description: 'What of the environment, or of its gateway, was refused.' }),
  id: Type.Union([Type.String(), Type.Null()], { description: 'Of the client or the version.' }),
  revision: Type.Integer({ description: 'The first revision that had it. What was served before it is served still.' }),
  reason: Type.String(),
  reportedAt: timestamp
}, { title: 'Refusal', description: 'Something that a data plane could not take.' })

export const refusalList = Type.Object({ items: Type.Array(refusal) }, { title: 'RefusalList', description: 'What data planes could not take of an environment, or of its gateway.' })
export type RefusalItem = Static<typeof refusal>

export const refusalParams = params({ gatewayId, envName: environmentName })

/** What a data plane sends: `shared/refusals.ts`. */
export const refusalReport = Type.Object({
  refusals: Type.Array(Type.Object({
    kind,
    gatewayId: Type.String({ pattern: gatewayIdPattern }),
    environment: Type.Union([Type.String({ pattern: environmentNamePattern }), Type.Null()]),
    id: Type.Union([Type.String({ minLength: 1, maxLength: 100 }), Type.Null()]),
    revision,
    reason: Type.String({ maxLength: maxReasonLength })
  }, { additionalProperties: false }), { maxItems: maxRefusals })
}, { additionalProperties: false })
