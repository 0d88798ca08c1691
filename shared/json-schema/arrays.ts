import type { Keyword } from './node.ts'
import { readBoolean, readCount, readList } from './read.ts'
import { counted } from './texts.ts'
import { canonical } from './values.ts'

/** `prefixItems` and `items` divide the items between them. */
export const items: Keyword = (schema, at, compiler) => {
  const first = readList(schema, 'prefixItems', at, compiler).map((item, index) => compiler.node(item, `${at}/prefixItems/${index}`))
  if (Array.isArray(schema.items)) {
    compiler.fault(`${at}/items`, 'must be one schema: those of single items stand in prefixItems')
    return null
  }
  const rest = schema.items === undefined ? null : compiler.node(schema.items, `${at}/items`)
  if (first.length === 0 && rest === null) return null
  return (value, run) => {
    if (!Array.isArray(value)) return true
    let holds = true
    const end = rest === null ? Math.min(first.length, value.length) : value.length
    for (let index = 0; index < end; index++) {
      if (!run.child(first[index] ?? rest!, value[index], index)) holds = false
      if (!holds && run.stops) return false
    }
    if (run.evaluated !== null) run.evaluated.items = Math.max(run.evaluated.items, end)
    return holds
  }
}

export const itemCounts: Keyword = (schema, at, compiler) => {
  const min = readCount(schema, 'minItems', at, compiler) ?? 0
  const max = readCount(schema, 'maxItems', at, compiler) ?? Infinity
  if (min === 0 && max === Infinity) return null
  return (value, run) => {
    if (!Array.isArray(value)) return true
    if (value.length < min) return run.fail(`must have at least ${counted(min, 'item')}`)
    return value.length <= max || run.fail(`must have at most ${counted(max, 'item')}`)
  }
}

export const uniqueItems: Keyword = (schema, at, compiler) => {
  if (!readBoolean(schema, 'uniqueItems', at, compiler)) return null
  return (value, run) => {
    if (!Array.isArray(value)) return true
    const seen = new Set<string>()
    for (const [index, item] of value.entries()) {
      const key = canonical(item, run)
      if (seen.has(key)) return run.failAt(index, 'must not stand there twice')
      seen.add(key)
    }
    return true
  }
}

export const contains: Keyword = (schema, at, compiler) => {
  const min = readCount(schema, 'minContains', at, compiler) ?? 1
  const max = readCount(schema, 'maxContains', at, compiler) ?? Infinity
  if (schema.contains === undefined) return null
  const node = compiler.node(schema.contains, `${at}/contains`)
  return (value, run) => {
    if (!Array.isArray(value)) return true
    let count = 0
    const { evaluated } = run
    // What each of them has looked at is its own.
    run.evaluated = null
    for (const [index, item] of value.entries()) {
      if (!run.branch(node, item)) continue
      count++
      evaluated?.indexes.add(index)
    }
    run.evaluated = evaluated
    if (count < min) return run.fail(`must have at least ${counted(min, 'item')} of a certain kind, and has ${count}`)
    return count <= max || run.fail(`must have at most ${counted(max, 'item')} of a certain kind, and has ${count}`)
  }
}
