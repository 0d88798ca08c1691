import { Type, type Static } from 'typebox'
import { variableNamePattern } from '#shared/names.ts'
import type { Variable } from '../store/documents.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'

/** Of one environment. */
export const maxVariables = 100
/** In UTF-8. */
export const maxValueBytes = 32_768

const text = {
  maxLength: maxValueBytes, description: `Text of at most ${maxValueBytes} bytes; functions read it as \`ctx.env.<name>\`.`
}
const value = Type.String(text)
export const variableName = Type.String({
  // Environments are objects in functions: this name would be their prototype.
  pattern: `^(?!__proto__$)${variableNamePattern.slice(1)}`,
  description: 'Letters, digits and underscores, at most 64, not beginning with a digit.'
})

export const variableDraft = Type.Object({
  value,
  secret: Type.Optional(Type.Boolean({ description: 'Encrypt it, and never show it again. Left out: as it was; a new one is plain.' }))
}, { title: 'NewVariable', additionalProperties: false })

export const variable = Type.Object({
  name: variableName,
  value: Type.Union([Type.String(text), Type.Null()], { description: 'Functions read it as `ctx.env.<name>`. `null`: a secret.' }),
  secret: Type.Boolean(),
  createdAt: timestamp,
  updatedAt: timestamp
}, { title: 'Variable', description: 'A setting of one environment that its functions read. Promotion never carries it.' })

export const variablesParams = params({ gatewayId, envName: environmentName })
export const variableParams = params({ gatewayId, envName: environmentName, variableName })

export type VariableDraft = Static<typeof variableDraft>

export function representVariable ({ name, value, secret, createdAt, updatedAt }: Variable): Static<typeof variable> {
  return { name, value: secret ? null : value, secret, createdAt, updatedAt }
}
