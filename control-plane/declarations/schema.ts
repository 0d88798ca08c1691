import { Type, type Static } from 'typebox'
import { functionNamePattern } from '#shared/names.ts'
import { clientDraft } from '../clients/schema.ts'
import { functionContent } from '../functions/schema.ts'
import { finding } from '../releases/schema.ts'
import { config, description, displayName, environmentName, gatewayId, params } from '../schemas.ts'
import { maxUpstreams, upstreamDraft, upstreamName } from '../upstreams/schema.ts'
import { maxValueBytes, maxVariables, variableName } from '../variables/schema.ts'

/** Of the text, in UTF-8: for what is read and for what is written. */
export const maxDocumentBytes = 2 * 1024 * 1024
/** Of all functions' files together, with those that a YAML alias repeats. */
export const maxFileBytes = 8 * 1024 * 1024
export const maxFunctions = 1_000
export const maxEnvironments = 20
/** Of all environments together: what is written in one transaction has to be over soon. */
export const maxClients = 2_000

export const apiVersion = 'imprun/v1'
export const kind = 'ApiGateway'

const functionName = Type.String({ pattern: functionNamePattern })

const variables = Type.Record(variableName, Type.String({ maxLength: maxValueBytes }), {
  maxProperties: maxVariables, additionalProperties: false, description: 'Values by name. Without secrets.'
})
const secrets = Type.Array(variableName, { maxItems: maxVariables, uniqueItems: true, description: 'Names alone: values are put one by one.' })
const upstreams = Type.Record(upstreamName, upstreamDraft, { maxProperties: maxUpstreams, additionalProperties: false, description: 'Where they are, by name.' })
const serves = Type.Record(functionName, Type.Union([Type.String({ maxLength: 100 }), Type.Null()]), {
  maxProperties: maxFunctions,
  additionalProperties: false,
  description: 'Ids of versions by function; `null`: not served. Of a function that is not named, dev serves what the document says, and others what they did.'
})

const environment = Type.Object({
  name: environmentName,
  config: Type.Optional(config),
  variables: Type.Optional(variables),
  secrets: Type.Optional(secrets),
  upstreams: Type.Optional(upstreams),
  clients: Type.Optional(Type.Array(clientDraft, { maxItems: maxClients })),
  serves: Type.Optional(serves)
}, { additionalProperties: false })

/** What a person reads and edits. Members of functions and clients are those that their own routes take. */
export const gatewayDocument = Type.Object({
  apiVersion: Type.Literal(apiVersion),
  kind: Type.Literal(kind),
  id: Type.Optional(gatewayId),
  name: displayName,
  description: Type.Optional(description),
  defaultEnvironment: Type.Optional(environmentName),
  config: Type.Optional(config),
  environments: Type.Optional(Type.Array(environment, { minItems: 1, maxItems: maxEnvironments, description: 'In the order of the pipeline.' })),
  functions: Type.Optional(Type.Record(functionName, functionContent, { maxProperties: maxFunctions, additionalProperties: false }))
}, { title: 'ApiGatewayDocument', additionalProperties: false, description: 'A whole gateway, without keys and values of secrets.' })

const resources = ['gateway', 'environment', 'plugin', 'variable', 'secret', 'upstream', 'client', 'function', 'route'] as const
const actions = ['created', 'changed', 'removed', 'unchanged', 'kept', 'missing'] as const

const step = Type.Object({
  action: Type.Enum([...actions], {
    description: '`kept`: the document does not have it, and `prune` was not asked for. `missing`: the document names it, and only somebody else can bring it.'
  }),
  resource: Type.Enum([...resources]),
  environment: Type.Optional(Type.String({ description: 'In which it is; left out: in the gateway itself.' })),
  name: Type.String(),
  fields: Type.Optional(Type.Array(Type.String(), { description: 'JSON Pointers of what differs, from the thing itself.' })),
  note: Type.Optional(Type.String({ description: 'What is left to do.' }))
})

export const importPlan = Type.Object({
  dryRun: Type.Boolean(),
  changed: Type.Boolean({ description: 'Whether anything was, or would be, written.' }),
  steps: Type.Array(step),
  findings: Type.Array(Type.Object({ environment: Type.String(), ...finding.properties }), {
    description: 'What the preflight found of the releases that are made. A refusal has to be overruled by `force`.'
  })
}, { title: 'ImportPlan', description: 'What becomes of everything that the document or the gateway has.' })

export const documentParams = params({ gatewayId })
export const importQuery = Type.Object({
  dryRun: Type.Optional(Type.Boolean({ default: false, description: 'Answers with the plan, and changes nothing.' })),
  prune: Type.Optional(Type.Boolean({ default: false, description: 'Removes what the gateway has and the document does not.' })),
  force: Type.Optional(Type.Boolean({ default: false, description: 'Overrules what the preflight refuses; the releases say so.' }))
}, { additionalProperties: false })

export type GatewayDocument = Static<typeof gatewayDocument>
export type EnvironmentDocument = Static<typeof environment>
export type Step = Static<typeof step>
export type ImportPlan = Static<typeof importPlan>
