import { isObject, type JsonObject, type Keyword, type SchemaNode } from './node.ts'
import { compilePattern, type Matches } from './pattern.ts'
import { readCount, readMembers, readNames } from './read.ts'
import { escapePointer, type Run } from './run.ts'
import { counted } from './texts.ts'

/** `properties`, `patternProperties` and `additionalProperties` divide the members between them. */
export const members: Keyword = (schema, at, compiler) => {
  const named = new Map(readMembers(schema, 'properties', at, compiler).map(([name, value]) => [name, compiler.node(value, `${at}/properties/${escapePointer(name)}`)]))
  const patterned = readMembers(schema, 'patternProperties', at, compiler).map(([source, value]): [Matches, SchemaNode] => {
    const place = `${at}/patternProperties/${escapePointer(source)}`
    return [compilePattern(source, place, compiler), compiler.node(value, place)]
  })
  const isClosed = schema.additionalProperties === false
  const others = schema.additionalProperties === undefined || isClosed ? null : compiler.node(schema.additionalProperties, `${at}/additionalProperties`)
  if (named.size === 0 && patterned.length === 0 && others === null && !isClosed) return null
  return (value, run) => {
    if (!isObject(value)) return true
    let holds = true
    for (const name of Object.keys(value)) {
      run.spend(2)
      const own = named.get(name)
      let isKnown = own !== undefined
      if (own !== undefined && !run.child(own, value[name], name)) holds = false
      for (const [matches, node] of patterned) {
        if (!matches(name, run)) continue
        isKnown = true
        if (!run.child(node, value[name], name)) holds = false
      }
      if (!isKnown && isClosed) holds = run.failAt(name, 'is not a known field')
      if (!isKnown && others !== null && !run.child(others, value[name], name)) holds = false
      if (isKnown || others !== null) run.evaluated?.names.add(name)
      if (!holds && run.stops) return false
    }
    return holds
  }
}

export const required: Keyword = (schema, at, compiler) => {
  if (schema.required === undefined) return null
  const names = readNames(schema.required, `${at}/required`, compiler).filter(name => !compiler.forRequests || !isReadOnly(schema, name))
  return (value, run) => !isObject(value) || requireAll(value, names, run)
}

function requireAll (value: JsonObject, names: readonly string[], run: Run): boolean {
  let holds = true
  for (const name of names) {
    run.spend(1)
    if (!Object.hasOwn(value, name)) holds = run.failAt(name, 'is required')
    if (!holds && run.stops) return false
  }
  return holds
}

function isReadOnly ({ properties }: JsonObject, name: string): boolean {
  const property = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : null
  return isObject(property) && property.readOnly === true
}

export const memberCounts: Keyword = (schema, at, compiler) => {
  const min = readCount(schema, 'minProperties', at, compiler) ?? 0
  const max = readCount(schema, 'maxProperties', at, compiler) ?? Infinity
  if (min === 0 && max === Infinity) return null
  return (value, run) => {
    if (!isObject(value)) return true
    const { length } = Object.keys(value)
    run.spend(length >> 2)
    if (length < min) return run.fail(`must have at least ${counted(min, 'member')}`)
    return length <= max || run.fail(`must have at most ${counted(max, 'member')}`)
  }
}

export const propertyNames: Keyword = (schema, at, compiler) => {
  if (schema.propertyNames === undefined) return null
  const names = compiler.node(schema.propertyNames, `${at}/propertyNames`)
  return (value, run) => {
    if (!isObject(value)) return true
    let holds = true
    for (const name of Object.keys(value)) {
      if (!run.child(names, name, name)) holds = false
      if (!holds && run.stops) return false
    }
    return holds
  }
}

export const dependentRequired: Keyword = (schema, at, compiler) => {
  const dependents = readMembers(schema, 'dependentRequired', at, compiler)
    .map(([name, value]): [string, string[]] => [name, readNames(value, `${at}/dependentRequired/${escapePointer(name)}`, compiler)])
  if (dependents.length === 0) return null
  return (value, run) => {
    if (!isObject(value)) return true
    let holds = true
    for (const [name, names] of dependents) {
      run.spend(1)
      if (Object.hasOwn(value, name) && !requireAll(value, names, run)) holds = false
    }
    return holds
  }
}

export const dependentSchemas: Keyword = (schema, at, compiler, node) => {
  const dependents = readMembers(schema, 'dependentSchemas', at, compiler)
    .map(([name, value]): [string, SchemaNode] => [name, compiler.node(value, `${at}/dependentSchemas/${escapePointer(name)}`)])
  if (dependents.length === 0) return null
  node.inPlace.push(...dependents.map(([, dependent]) => dependent))
  return (value, run) => {
    if (!isObject(value)) return true
    let holds = true
    for (const [name, dependent] of dependents) {
      run.spend(1)
      if (Object.hasOwn(value, name) && !dependent.test(value, run)) holds = false
    }
    return holds
  }
}
