import type { Variable } from '../documents.ts'
import type { Store } from '../store.ts'
import { openNamed } from './named.ts'
import type { Context, Writes } from './operations.ts'

type Reads = Pick<Store, 'getVariable' | 'listVariables'>
type VariableWrites = Pick<Writes, 'putVariable' | 'removeVariable'>

export function variableOperations (context: Context): { reads: Reads, writes: VariableWrites } {
  const { put, get, list, remove } = openNamed<Variable>(context, 'variables', 'variable')
  return { reads: { getVariable: get, listVariables: list }, writes: { putVariable: put, removeVariable: remove } }
}
