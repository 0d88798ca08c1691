import { Type, type Static } from 'typebox'
import { variableNamePattern } from '#shared/names.ts'
import type { Variable } from '../store/documents.ts'
import { environmentName, gatewayId, params, timestamp } from '../schemas.ts'

/** Of one environment. */
export const maxVariables = 100
/** In UTF-8. */
export const maxValueBytes = 32_768

const value = Type.String({ maxLength: maxValueBytes, description: `Text of at most ${maxValueBytes} bytes; functions read it as \`ctx.env.<name>\`.` })
// Environments are objects in functions: this name would be their prototype.
const variableName = Type.String({ pattern: `^(?!__proto__$)${variableNamePattern.slice(1)}`, description: 'Letters, digits and underscores, at most 64, not beginning with a digit.' })

export const variableDraft = Type.Object({ value }, { title: 'NewVariable', additionalProperties: false })

export const variable = Type.Object({
  name: variableName,
  value,
  createdAt: timestamp,
  updatedAt: timestamp
}, { title: 'Variable', description: 'A setting of one environment that its functions read. It is not kept secret from whoever holds the admin token.' })

export const variablesParams = params({ gatewayId, envName: environmentName })
export const variableParams = params({ gatewayId, envName: environmentName, variableName })

export function representVariable ({ name, value, createdAt, updatedAt }: Variable): Static<typeof variable> {
  return { name, value, createdAt, updatedAt }
}
