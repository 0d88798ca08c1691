import { isObject, SchemaNode, type Check, type JsonObject, type Compiler } from './node.ts'
import { Evaluated, type Run } from './run.ts'

/**
 * `unevaluatedProperties` and `unevaluatedItems` are about what all other keywords beside them have not looked at, so they run around the others.
 * @returns `null`: the schema has neither
 */
export function unevaluated (schema: JsonObject, at: string, compiler: Compiler, others: readonly Check[]): Check | null {
  const [rest, items] = (['unevaluatedProperties', 'unevaluatedItems'] as const)
    .map(name => schema[name] === undefined ? null : compiler.node(schema[name], `${at}/${name}`)) as [SchemaNode | null, SchemaNode | null]
  if (rest === null && items === null) return null
  const inner = new SchemaNode()
  inner.checks = others
  return (value, run) => {
    const outer = run.evaluated
    const seen = run.evaluated = new Evaluated()
    let holds = inner.test(value, run)
    if (rest !== null && isObject(value) && !checkMembers(rest, value, seen, run)) holds = false
    if (items !== null && Array.isArray(value) && !checkItems(items, value, seen, run)) holds = false
    outer?.add(seen)
    run.evaluated = outer
    return holds
  }
}

function checkMembers (node: SchemaNode, value: JsonObject, seen: Evaluated, run: Run): boolean {
  let holds = true
  for (const name of Object.keys(value)) {
    run.spend(1)
    if (!seen.names.has(name) && !run.child(node, value[name], name)) holds = false
    seen.names.add(name)
  }
  return holds
}

function checkItems (node: SchemaNode, value: unknown[], seen: Evaluated, run: Run): boolean {
  let holds = true
  for (let index = seen.items; index < value.length; index++) {
    run.spend(1)
    if (!seen.indexes.has(index) && !run.child(node, value[index], index)) holds = false
  }
  seen.items = value.length
  return holds
}
