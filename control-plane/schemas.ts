import { Type, type TObject, type TProperties, type TSchema } from 'typebox'
import { environmentNamePattern, gatewayIdPattern } from '#shared/names.ts'
import { pluginsSchema } from '#shared/plugins/plugins.ts'
import { routePathPattern } from '#shared/routes.ts'
import type { EnvironmentRef } from './store/store.ts'

/** What several resources have in common. */
const gatewayIdRule = 'Lower-case letters and digits, 3 to 30, beginning with a letter.'
export const gatewayId = Type.String({ pattern: gatewayIdPattern, description: gatewayIdRule })
export const newGatewayId = Type.String({ pattern: gatewayIdPattern, description: `${gatewayIdRule} Generated where it is left out.` })

export const environmentName = Type.String({
  pattern: environmentNamePattern,
  maxLength: 20,
  description: 'Lower-case letters, digits and single hyphens inside, at most 20, beginning with a letter.'
})

/** One line that says something: no control characters, no white space around it. */
export const displayName = Type.String({
  maxLength: 100, pattern: '^[^\\s\\p{Cc}](?:[^\\p{Cc}]*[^\\s\\p{Cc}])?$', description: 'One line, without white space around it.'
})

export const routePath = { pattern: routePathPattern, maxLength: 512 }

export const description = Type.String({ maxLength: 1000, default: '' })
export const timestamp = Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' })
export const config = Type.Object({ plugins: Type.Optional(pluginsSchema) }, {
  additionalProperties: false, description: 'Settings; a plugin set on the environment replaces the gateway\'s of that name.'
})

export function params<Properties extends TProperties> (properties: Properties) {
  return Type.Object(properties, { additionalProperties: false })
}

/** What a path names, as the store does. */
export function environmentRef ({ gatewayId, envName }: { gatewayId: string, envName: string }): EnvironmentRef {
  return { gatewayId, environment: envName }
}

/** Answered where there is nothing to say. */
export const noContent = Type.Null({ description: 'Done.' })

/**
 * Body of a PATCH: the members of the resource, each optional, `null` where it can be unset. It documents; what is checked is the
 * resource with the patch applied, as a whole.
 */
export function mergePatchBody (draft: TObject): object {
  const required = new Set(draft.required)
  const properties = Object.entries(draft.properties).map(([name, property]) =>
    [name, required.has(name) ? property : { anyOf: [withoutDefault(property), { type: 'null' }] }])
  const schema = { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) }
  const content = Object.fromEntries(patchTypes.map(type => [type, { schema }]))
  return { description: 'JSON Merge Patch (RFC 7396): `null` unsets, what is left out stays.', content }
}

function withoutDefault (schema: TSchema): TSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => keyword !== 'default'))
}

const patchTypes = ['application/merge-patch+json', 'application/json']
