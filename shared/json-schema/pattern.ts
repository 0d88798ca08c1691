import { createRequire } from 'node:module'
import type * as Re2js from 're2js'
import type { Compiler } from './node.ts'
import type { Run } from './run.ts'

export type Matches = (text: string, run: Run) => boolean

const maxPatternLength = 2_000
/** Instructions of the compiled pattern: each character meets each of them at the worst. */
const maxProgram = 1_500
/** What a character costs, in instructions that one step stands for: measured. */
const instructionsPerStep = 16

/** What V8's own engine looks at in that time. */
const charactersPerStep = 50

const load = createRequire(import.meta.url)
let engine: typeof Re2js | null = null

/**
 * ECMAScript's regular expressions without what takes more than linear time, backreferences and looking around: schemas are written by anyone and
 * meet what anyone sends.
 */
export function compilePattern (source: unknown, at: string, { fault }: Pick<Compiler, 'fault'>): Matches {
  if (typeof source !== 'string' || source.length > maxPatternLength) {
    fault(at, `must be a regular expression of at most ${maxPatternLength} characters`)
    return () => true
  }
  const simple = compileSimple(source)
  if (simple !== null) {
    const perCharacter = (source.length + repetitions(source)) / charactersPerStep
    return (text, run) => {
      run.spend(Math.ceil(text.length * perCharacter))
      return simple.test(text)
    }
  }
  // Most processes meet no pattern, and loading it takes a while.
  engine ??= load('re2js') as typeof Re2js
  const { RE2JS } = engine
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(withWhitespace(source)))
    const size = compiled.programSize()
    if (size > maxProgram) {
      fault(at, 'is too large a regular expression: repeat less')
      return () => true
    }
    const perCharacter = 1 + size / instructionsPerStep
    return (text, run) => {
      run.spend(Math.ceil(text.length * perCharacter))
      return compiled.test(text)
    }
  } catch (error) {
    fault(at, `must be a regular expression without backreferences and lookaround: ${error instanceof Error ? error.message : String(error)}`)
    return () => true
  }
}

// Section 22.2.2.9 of ECMA-262 means more by them than RE2 does, which knows ASCII's alone.
const whitespace = '\\t\\n\\x0b\\f\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}'
const lineEnds = '\\n\\r\\x{2028}\\x{2029}'

function withWhitespace (source: string): string {
  let isInClass = false
  return source.replaceAll(/\\?[^]/g, token => {
    if (token === '[') isInClass = true
    if (token === ']') isInClass = false
    if (token === '\\s') return isInClass ? whitespace : `[${whitespace}]`
    if (token === '\\S' && !isInClass) return `[^${whitespace}]`
    return token === '.' && !isInClass ? `[^${lineEnds}]` : token
  })
}

const simplePattern = /^\^(?:(?:\\[dDwWsS\-./@:]|\[\^?(?:[^\]\\[]|\\[dDwWsS\-./\]\\])+\]|[^\\^$.|?*+()[\]{}])(?:\{\d{1,3}\}|[*+?]|\{\d{1,3},\d{0,3}\})?)*\$$/
const variableQuantifiers = /[*+?](?=[^\]]*(?:\[|$))|\{\d+,\d*\}/g

/**
 * What V8's own engine decides in linear time as well, and ten times as fast: from the beginning of a text to its end, one thing after the other, and
 * one of them at the most may stand there more or less often: what follows it is tried once for each of its lengths. `null`: it may not be so.
 */
function compileSimple (source: string): RegExp | null {
  if (!simplePattern.test(source) || (source.match(variableQuantifiers)?.length ?? 0) > 1) return null
  try {
    return new RegExp(source, 'u')
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Of what stands there so often and no other number of times. */
function repetitions (source: string): number {
  return [...source.matchAll(/\{(\d+)\}/g)].reduce((sum, [, count]) => sum + Number(count), 0)
}
