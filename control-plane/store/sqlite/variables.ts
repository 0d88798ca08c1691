import type { Variable } from '../documents.ts'
import { openNamed } from './named.ts'
import type { Context, Operations } from './operations.ts'

type VariableOperations = Pick<Operations, 'putVariable' | 'getVariable' | 'listVariables' | 'removeVariable'>

export function variableOperations (context: Context): VariableOperations {
  const { put, get, list, remove } = openNamed<Variable>(context, 'variables', 'variable')
  return { putVariable: put, getVariable: get, listVariables: list, removeVariable: remove }
}
