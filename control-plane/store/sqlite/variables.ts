import type { Variable } from '../documents.ts'
import { openEmbedded, pageOf } from './embedded.ts'
import { expectRevision, taken, type Context, type Operations } from './operations.ts'

type VariableOperations = Pick<Operations, 'putVariable' | 'getVariable' | 'listVariables' | 'removeVariable'>

export function variableOperations ({ db, write, deferral }: Context): VariableOperations {
  const variables = openEmbedded<Variable>(db, 'variables', deferral)
  return {
    putVariable: (ref, draft, expectedRevision) => write(({ revision, touch }) => {
      const all = variables.require(ref)
      const found = all.find(other => other.name === draft.name) ?? null
      if (expectedRevision !== null) expectRevision(found, expectedRevision, 'variable')
      else if (found !== null) throw taken('variable', 'name')
      const variable = { ...draft, revision }
      variables.write(ref, [...all.filter(other => other.name !== draft.name), variable])
      touch({ type: 'environment', gatewayId: ref.gatewayId, environment: ref.environment })
      return structuredClone(variable)
    }),

    getVariable: (ref, name) => variables.read(ref)?.find(variable => variable.name === name) ?? null,

    listVariables: (ref, page) => pageOf(variables.read(ref) ?? [], variable => variable.name, page),

    removeVariable: (ref, name, expectedRevision) => write(({ revision, touch }) => {
      const all = variables.require(ref)
      expectRevision(all.find(variable => variable.name === name) ?? null, expectedRevision, 'variable')
      variables.write(ref, all.filter(variable => variable.name !== name))
      touch({ type: 'environment', gatewayId: ref.gatewayId, environment: ref.environment })
      return revision
    })
  }
}
