import { Type, type Static } from 'typebox'
import { clientIdPattern, environmentNamePattern, gatewayIdPattern } from '#shared/names.ts'
import { maxQuotaUses } from '#shared/quotas.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'
import type { QuotaState } from './service.ts'

export const quotaState = Type.Object({
  clientId: Type.Union([Type.String(), Type.Null()], { description: '`null`: of all requests of the environment together.' }),
  functionName: Type.Union([Type.String(), Type.Null()], { description: 'Of the endpoint that has this quota for itself; `null`: of all others.' }),
  period: Type.Enum(['day', 'week', 'month']),
  timeZone: Type.String(),
  count: Type.Integer(),
  used: Type.Integer({ description: 'As far as data planes have told, which they do about every second.' }),
  remaining: Type.Integer(),
  startedAt: timestamp,
  resetsAt: timestamp
}, { title: 'QuotaState', description: 'How much of a quota is used in the period that runs.' })

export const quotaStates = Type.Object({ items: Type.Array(quotaState) }, { title: 'QuotaStates', description: 'What a client has used of each quota that holds for it.' })

export const quotasParams = params({ gatewayId, envName: environmentName })
export const clientQuotasParams = params({ gatewayId, envName: environmentName, clientId: Type.String({ pattern: clientIdPattern }) })

const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** What a data plane sends: `shared/quotas.ts`. */
export const quotaReport = Type.Object({
  ledger: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  uses: Type.Array(Type.Object({
    gatewayId: Type.String({ pattern: gatewayIdPattern }),
    environment: Type.String({ pattern: environmentNamePattern }),
    subject: Type.String({ pattern: '^(?:route:[A-Za-z][A-Za-z0-9._-]{0,63}:)?(?:environment|client:[a-z0-9]{1,32})$' }),
    period: Type.String({ pattern: '^(?:day|week|month):\\d{4}-\\d\\d-\\d\\d(?:#\\d{1,9})?$' }),
    endsAt: Type.Integer({ minimum: 0, maximum: 99_999_999_999_999 }),
    spent: count,
    returned: count
  }, { additionalProperties: false }), { maxItems: maxQuotaUses })
}, { additionalProperties: false })

export function representQuota ({ clientId, functionName, quota: { period: kind, timeZone, count }, period, used }: QuotaState): Static<typeof quotaState> {
  return {
    clientId,
    functionName,
    period: kind,
    timeZone,
    count,
    used: Math.max(0, used),
    remaining: Math.min(count, Math.max(0, count - used)),
    startedAt: new Date(period.startsAt).toISOString(),
    resetsAt: new Date(period.endsAt).toISOString()
  }
}
