import { isObject, type Check, type Compiler, type JsonObject, type Keyword, type SchemaNode } from './node.ts'
import { readList } from './read.ts'
import type { Run } from './run.ts'
import { mayHold } from './values.ts'

export const ref: Keyword = (schema, at, compiler, node) => {
  if (schema.$ref === undefined) return null
  const target = compiler.refer(schema.$ref, `${at}/$ref`)
  if (target === null) return null
  node.inPlace.push(target)
  return (value, run) => target.test(value, run)
}

export const allOf: Keyword = (schema, at, compiler, node) => {
  const nodes = branches(schema, 'allOf', at, compiler, node)
  if (nodes.length === 0) return null
  return (value, run) => {
    let holds = true
    for (const branch of nodes) {
      if (branch.test(value, run)) continue
      holds = false
      if (run.stops) break
    }
    return holds
  }
}

export const anyOf: Keyword = (schema, at, compiler, node) => {
  const nodes = branches(schema, 'anyOf', at, compiler, node)
  if (nodes.length === 0) return null
  return chosen(schema, 'anyOf', at, compiler, nodes) ?? ((value, run) => {
    let holds = false
    for (const branch of nodes) {
      if (!run.branch(branch, value)) continue
      holds = true
      // The others may have looked at more of it.
      if (run.evaluated === null) break
    }
    return holds || explain(nodes, value, run)
  })
}

export const oneOf: Keyword = (schema, at, compiler, node) => {
  const nodes = branches(schema, 'oneOf', at, compiler, node)
  if (nodes.length === 0) return null
  return chosen(schema, 'oneOf', at, compiler, nodes) ?? ((value, run) => {
    const count = nodes.reduce((sum, branch) => sum + (sum < 2 && run.branch(branch, value) ? 1 : 0), 0)
    if (count > 1) return run.fail('must fit one of the alternatives alone, and fits several')
    return count === 1 || explain(nodes, value, run)
  })
}

export const not: Keyword = (schema, at, compiler, node) => {
  if (schema.not === undefined) return null
  const branch = compiler.node(schema.not, `${at}/not`)
  node.inPlace.push(branch)
  return (value, run) => {
    const { evaluated } = run
    run.evaluated = null
    const holds = run.branch(branch, value)
    run.evaluated = evaluated
    return !holds || run.fail('must not be what it is')
  }
}

export const conditional: Keyword = (schema, at, compiler, node) => {
  const [condition, then, otherwise] = (['if', 'then', 'else'] as const).map(name => schema[name] === undefined ? null : compiler.node(schema[name], `${at}/${name}`)) as [SchemaNode | null, SchemaNode | null, SchemaNode | null]
  if (condition === null) return null
  node.inPlace.push(...[condition, then, otherwise].filter(branch => branch !== null))
  return (value, run) => {
    const next = run.branch(condition, value) ? then : otherwise
    return next === null || next.test(value, run)
  }
}

function branches (schema: JsonObject, name: string, at: string, compiler: Compiler, node: SchemaNode): SchemaNode[] {
  const nodes = readList(schema, name, at, compiler).map((branch, index) => compiler.node(branch, `${at}/${name}/${index}`))
  node.inPlace.push(...nodes)
  return nodes
}

/** Where the type leaves one alternative alone, what is wrong with the value is what that one says. */
function explain (nodes: readonly SchemaNode[], value: unknown, run: Run): false {
  const meant = nodes.filter(node => mayHold(node, value))
  if (meant.length === 1 && !run.stops) {
    meant[0]!.test(value, run)
    return false
  }
  return run.fail('must fit one of the alternatives, and fits none')
}

/** OpenAPI's `discriminator` says which alternative is meant, where all of them are references. */
function chosen (schema: JsonObject, name: 'anyOf' | 'oneOf', at: string, compiler: Compiler, nodes: readonly SchemaNode[]): Check | null {
  const { discriminator } = schema
  if (!isObject(discriminator)) return null
  const { propertyName, mapping = {} } = discriminator
  const refs = (schema[name] as unknown[]).map(branch => isObject(branch) && typeof branch.$ref === 'string' ? branch.$ref : null)
  if (typeof propertyName !== 'string' || !isObject(mapping) || refs.includes(null)) {
    compiler.fault(`${at}/discriminator`, 'must have a propertyName and may have a mapping, beside alternatives that are all references')
    return null
  }
  const byName = new Map(refs.map((target, index) => [target!.slice(target!.lastIndexOf('/') + 1), nodes[index]!]))
  for (const [value, target] of Object.entries(mapping)) {
    const index = refs.indexOf(String(target))
    const node = index === -1 ? byName.get(String(target)) : nodes[index]
    if (node === undefined) compiler.fault(`${at}/discriminator/mapping`, `"${value}" is none of the alternatives`)
    else byName.set(value, node)
  }
  return (value, run) => {
    if (!isObject(value)) return run.fail('must be an object')
    if (!Object.hasOwn(value, propertyName)) return run.failAt(propertyName, 'is required')
    const choice = value[propertyName]
    const node = typeof choice === 'string' ? byName.get(choice) : undefined
    return node === undefined ? run.failAt(propertyName, 'is none of the alternatives') : node.test(value, run)
  }
}
