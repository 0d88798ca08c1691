import { checkFormat, formatNames } from './formats.ts'
import type { Keyword } from './node.ts'
import { compilePattern } from './pattern.ts'
import { readCount } from './read.ts'

export const length: Keyword = (schema, at, compiler) => {
  const min = readCount(schema, 'minLength', at, compiler) ?? 0
  const max = readCount(schema, 'maxLength', at, compiler) ?? Infinity
  if (min === 0 && max === Infinity) return null
  return (value, run) => {
    if (typeof value !== 'string') return true
    // Between one and two of its units make a character.
    if (value.length <= max && value.length >= min * 2) return true
    const count = characters(value)
    if (count < min) return run.fail(`must have at least ${counted(min, 'character')}`)
    return count <= max || run.fail(`must have at most ${counted(max, 'character')}`)
  }
}

export const pattern: Keyword = (schema, at, compiler) => {
  const { pattern: source } = schema
  if (source === undefined) return null
  const matches = compilePattern(source, `${at}/pattern`, compiler)
  return (value, run) => typeof value !== 'string' || matches(value, run) || run.fail(`must match ${source as string}`)
}

export const format: Keyword = (schema, at, compiler) => {
  const { format: name } = schema
  if (name === undefined) return null
  const holds = typeof name === 'string' ? checkFormat(name) : null
  if (holds === null) {
    compiler.fault(`${at}/format`, `must be one of ${formatNames().join(', ')}`)
    return null
  }
  return (value, run) => {
    if (typeof value === 'string') run.spend(1 + (value.length >> 4))
    return holds(value) || run.fail(`must be in the format ${name as string}`)
  }
}

function characters (text: string): number {
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    const isPair = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
    if (isPair) at++
    count++
  }
  return count
}

export function counted (count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
