import { slice, toText } from './primordials.ts'

const maxMessageUnits = 2_000
const maxStackUnits = 8_000

/** A thrown value in words. Reading it may run tenant code (getters, proxies), which may throw or answer anything. */
export interface Description {
  name: string
  message: string
  /** As V8 writes it, with positions in the bundle; empty where there is none. */
  stack: string
}

export function describe (thrown: unknown): Description {
  if (typeof thrown !== 'object' || thrown === null) return { name: '', message: primitiveText(thrown), stack: '' }
  return {
    name: property(thrown, 'name', 100),
    message: property(thrown, 'message', maxMessageUnits),
    stack: property(thrown, 'stack', maxStackUnits)
  }
}

function property (thrown: object, name: string, maxUnits: number): string {
  try {
    const value = (thrown as Record<string, unknown>)[name]
    return typeof value === 'string' ? slice(value, 0, maxUnits) : ''
  } catch {
    // What a getter throws while an error is being reported has nobody left to go to.
    return ''
  }
}

function primitiveText (value: unknown): string {
  return typeof value === 'function' ? 'a function' : slice(toText(value), 0, maxMessageUnits)
}
