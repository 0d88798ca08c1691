import t from 'tap'
import vm from 'node:vm'
import { bodyJson, makeFunction, startFunctions } from '../support/functions.ts'
import { typecheck } from '../support/typecheck.ts'

/** What a function finds when it looks around. Members of a class are those of its prototypes and of one object, where one is easily made. */
const lookAround = `
const membersOf = value => value === Object.prototype || value === null ? [] : [...Object.getOwnPropertyNames(value), ...membersOf(Object.getPrototypeOf(value))]
const made = { TextEncoder: [], TextDecoder: [], TextEncoderStream: [], TextDecoderStream: [], DOMException: [] }
const unique = names => [...new Set(names)]
export default ctx => {
  const classes = {}, objects = {}, names = Object.getOwnPropertyNames(globalThis)
  for (const name of names) {
    const value = globalThis[name]
    if (typeof value === 'object' && value !== null) objects[name] = unique(membersOf(value))
    if (typeof value !== 'function' || value.prototype === undefined) continue
    const example = made[name] === undefined ? value.prototype : new value(...made[name])
    classes[name] = { members: unique(membersOf(example)), statics: Object.getOwnPropertyNames(value) }
  }
  return { names, classes, objects, ctx: unique(membersOf(ctx)), log: Object.keys(ctx.log) }
}`

interface Surroundings {
  names: string[]
  classes: Record<string, { members: string[], statics: string[] }>
  objects: Record<string, string[]>
  ctx: string[]
  log: string[]
}

/** What is left out of the declarations, each for a reason. */
const undeclared: Record<string, string[]> = {
  // Of the platform.
  globalThis: ['__imprunExports'],
  // Deprecated in the standard, and constants that nobody compares with.
  Event: ['srcElement', 'cancelBubble', 'returnValue', 'initEvent', 'NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'],
  CustomEvent: ['srcElement', 'cancelBubble', 'returnValue', 'initEvent', 'NONE', 'CAPTURING_PHASE', 'AT_TARGET', 'BUBBLING_PHASE'],
  // Only browsers have a use for these; and what the library behind them has of its own.
  Request: ['destination', 'referrer', 'referrerPolicy', 'mode', 'credentials', 'cache', 'integrity', 'keepalive', 'isReloadNavigation', 'isHistoryNavigation', 'attribute', 'textStream'],
  Response: ['textStream'],
  // As every object.
  DOMException: ['toString']
}
/** What the language's own declarations have and functions do not. */
const absent: Record<string, string[]> = {
  globalThis: ['Atomics', 'SharedArrayBuffer', 'FinalizationRegistry'],
  // ES2022 declares it for every error; it is there where one was given.
  DOMException: ['cause']
}

t.test('the declarations and what a function finds are the same', async t => {
  const { call } = await startFunctions(t)
  const found = bodyJson(await call(await makeFunction(lookAround))) as Surroundings
  const language = new Set(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[])
  language.delete('console')
  const web = (name: string): boolean => !language.has(name)

  const checks = [
    compare('globalThis', 'typeof globalThis', found.names, [...language]),
    compare('Context', 'Context', found.ctx),
    compare('Log', 'Log', found.log),
    ...Object.entries(found.classes).filter(([name]) => web(name)).flatMap(([name, { members, statics }]) => [
      compare(name, name, members), compare(`${name} itself`, `typeof ${name}`, statics, ['length', 'name', 'prototype', ...(name === 'DOMException' || name === 'Event' ? statics.filter(isConstant) : [])])
    ]),
    ...Object.entries(found.objects).filter(([name]) => web(name) && !name.startsWith('_')).map(([name, members]) => compare(name, `typeof ${name}`, members))
  ]
  const source = `import type { Context, Log } from '@imprun/types'
type Names<T> = Extract<keyof T, string>
type Difference<Declared, Found> = [Exclude<Declared, Found>] extends [never] ? [Exclude<Found, Declared>] extends [never] ? 'none' : { undeclared: Exclude<Found, Declared> } : { absent: Exclude<Declared, Found> }
${checks.map(({ declared, found }, index) => `export const c${index}: Difference<${declared}, ${found}> = 'none'`).join('\n')}
`
  const faults = await typecheck(t, { 'check.ts': source })
  const firstLine = 4
  t.strictSame(faults.map(({ at, message }) => `${checks[Number(at.split(':')[1]) - firstLine]!.name}: ${message}`), [])
  t.ok(checks.length > 70, `${checks.length} comparisons`)
})

/** @param known on both sides, and of no interest */
function compare (name: string, type: string, found: string[], known: string[] = []): { name: string, declared: string, found: string } {
  const constants = name === 'DOMException' ? found.filter(isConstant) : []
  const ignored = new Set(['constructor', ...known, ...constants, ...undeclared[name] ?? [], ...absent[name] ?? []])
  return { name, declared: `Exclude<Names<${type}>, ${union([...ignored])}>`, found: union(found.filter(member => !ignored.has(member))) }
}

function union (names: string[]): string {
  return names.length === 0 ? 'never' : names.map(name => JSON.stringify(name)).join(' | ')
}

function isConstant (name: string): boolean {
  return /^[A-Z_]+$/.test(name)
}
