import { inspect, maxMessageLength } from '../inspect.ts'
import { scope } from '../scope.ts'
import type { LogLevel } from '../scope.ts'

const { host, clock } = scope
const counts = new Map<string, number>()
const starts = new Map<string, number>()
const maxGroupDepth = 10
let groupDepth = 0

function print (level: LogLevel, args: unknown[]): void {
  const text = format(args)
  host.log(level, groupDepth === 0 ? text : indent(text).slice(0, maxMessageLength))
}

function indent (text: string): string {
  const margin = '  '.repeat(groupDepth)
  return margin + text.replaceAll('\n', `\n${margin}`)
}

/** Console Standard, section 2.2: `%s`, `%d`, `%i`, `%f`, `%o`, `%O`, `%c` and, as in Node.js, `%j`. */
function format (args: unknown[]): string {
  const texts: string[] = []
  let next = 0
  if (typeof args[0] === 'string') {
    next = 1
    const pattern = args[0].slice(0, maxMessageLength)
    texts.push(pattern.replace(/%[sdifjoOc%]/g, directive => {
      if (directive === '%%') return '%'
      return next < args.length ? convert(directive, args[next++]) : directive
    }))
  }
  for (; next < args.length && texts.length < 100; next++) texts.push(toText(args[next]))
  const text = texts.join(' ')
  return text.length > maxMessageLength ? `${text.slice(0, maxMessageLength - 1)}…` : text
}

function convert (directive: string, value: unknown): string {
  if (directive === '%c') return ''
  if (directive === '%s') return toText(value)
  if (directive === '%d' || directive === '%i' || directive === '%f') {
    // Objects are no numbers here: converting one would call its methods.
    const number = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string' ? Number(value) : NaN
    return String(directive === '%i' ? Math.trunc(number) : number)
  }
  return inspect(value)
}

function toText (value: unknown): string {
  return typeof value === 'string' ? value : inspect(value)
}

function toLabel (label: unknown): string {
  return label === undefined ? 'default' : toText(label).slice(0, 200)
}

function elapsed (label: string): string | undefined {
  const start = starts.get(label)
  return start === undefined ? undefined : `${label}: ${clock.now() - start} ms`
}

/** Labels are the tenant's, so that they do not pile up without end in a warm isolate. */
function remember (labels: Map<string, number>, label: string, value: number): void {
  if (labels.size >= 1000 && !labels.has(label)) labels.clear()
  labels.set(label, value)
}

export const console = {
  log: (...args: unknown[]) => print('info', args),
  info: (...args: unknown[]) => print('info', args),
  debug: (...args: unknown[]) => print('debug', args),
  warn: (...args: unknown[]) => print('warn', args),
  error: (...args: unknown[]) => print('error', args),
  trace: (...args: unknown[]) => {
    const stack = String(new Error('Trace').stack).split('\n').slice(2).join('\n')
    print('debug', [`Trace: ${format(args)}\n${stack}`])
  },
  assert: (condition?: unknown, ...args: unknown[]) => {
    if (condition) return
    print('error', typeof args[0] === 'string' ? [`Assertion failed: ${args[0]}`, ...args.slice(1)] : ['Assertion failed', ...args])
  },
  dir: (value?: unknown) => print('info', [inspect(value)]),
  dirxml: (...args: unknown[]) => print('info', args),
  table: (value?: unknown) => print('info', [inspect(value)]),
  group: (...args: unknown[]) => {
    if (args.length > 0) print('info', args)
    if (groupDepth < maxGroupDepth) groupDepth += 1
  },
  groupCollapsed: (...args: unknown[]) => console.group(...args),
  groupEnd: () => {
    if (groupDepth > 0) groupDepth -= 1
  },
  count: (label?: unknown) => {
    const name = toLabel(label)
    const count = (counts.get(name) ?? 0) + 1
    remember(counts, name, count)
    print('info', [`${name}: ${count}`])
  },
  countReset: (label?: unknown) => {
    counts.delete(toLabel(label))
  },
  time: (label?: unknown) => remember(starts, toLabel(label), clock.now()),
  timeLog: (label?: unknown, ...args: unknown[]) => {
    const text = elapsed(toLabel(label))
    if (text !== undefined) print('info', [text, ...args])
  },
  timeEnd: (label?: unknown) => {
    const text = elapsed(toLabel(label))
    starts.delete(toLabel(label))
    if (text !== undefined) print('info', [text])
  }
}
Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true })
