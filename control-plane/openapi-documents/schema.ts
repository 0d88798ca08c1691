import { Type, type Static } from 'typebox'
import { importPlan, importQuery } from '../declarations/schema.ts'
import { environmentName, gatewayId, params } from '../schemas.ts'
import { upstreamName } from '../upstreams/schema.ts'

/** Of the text, in UTF-8: those of large APIs have some megabytes. */
export const maxOpenApiBytes = 8 * 1024 * 1024

export const openApiParams = params({ gatewayId })
export const environmentOpenApiParams = params({ gatewayId, envName: environmentName })

export const openApiQuery = Type.Object({
  dryRun: importQuery.properties.dryRun,
  force: importQuery.properties.force,
  upstream: Type.Optional(Type.String({ ...upstreamName, description: 'Where new endpoints go. Without it they are functions that answer 501, with mocks in their place until they have code.' })),
  strict: Type.Optional(Type.Boolean({ default: false, description: 'Refuses the whole document where something of it would be refused or ignored.' }))
}, { additionalProperties: false })

const notes = (description: string) => Type.Array(Type.Object({ pointer: Type.String(), detail: Type.String() }), { description })

export const openApiPlan = Type.Object({
  ...importPlan.properties,
  refused: notes('Operations that no endpoint was made of. Pointers lead into the document.'),
  ignored: notes('What was left out of the others.')
}, { title: 'OpenApiImportPlan', description: 'What becomes of each operation.' })

export type OpenApiPlan = Static<typeof openApiPlan>
export type OpenApiQuery = Static<typeof openApiQuery>
