import type { CallLines } from './call-lines.ts'
import { describe } from './describe.ts'
import { levels } from './outbox.ts'
import { freeze, slice, stringifyJson, toText } from './primordials.ts'

export interface Log {
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
}

type LogMethod = (message: unknown, fields?: unknown) => void

/** `ctx.log` of one call. Never throws, whatever it is given. */
export function createLog (lines: CallLines): Log {
  const write = (level: number, message: unknown, fields: unknown): void => {
    if (!lines.isExhausted) lines.write(level, messageText(message), fields === undefined ? '' : fieldsText(fields))
  }
  return freeze({
    debug: (message: unknown, fields?: unknown) => write(levels.debug, message, fields),
    info: (message: unknown, fields?: unknown) => write(levels.info, message, fields),
    warn: (message: unknown, fields?: unknown) => write(levels.warn, message, fields),
    error: (message: unknown, fields?: unknown) => write(levels.error, message, fields)
  })
}

function messageText (message: unknown): string {
  if (typeof message === 'string') return message
  if (typeof message !== 'object' || message === null) return typeof message === 'function' ? '[function]' : toText(message)
  const { name, message: text, stack } = describe(message)
  return stack || (name || text ? `${name}: ${text}` : fieldsText(message))
}

/** JSON of an object: an error as its description, any other value under the name `value`. */
function fieldsText (fields: unknown): string {
  try {
    if (typeof fields !== 'object' || fields === null) return stringifyJson({ __proto__: null, value: typeof fields === 'bigint' ? toText(fields) : fields })
    const json = stringifyJson(fields) as string | undefined
    if (json !== undefined && json !== '{}' && json[0] === '{') return json
    const error = describe(fields)
    if (error.stack !== '' || error.message !== '') return stringifyJson({ __proto__: null, ...error })
    return json !== undefined && json[0] === '{' ? json : `{"value":${json ?? 'null'}}`
  } catch (thrown) {
    return stringifyJson({ __proto__: null, unserializable: slice(describe(thrown).message, 0, 200) })
  }
}
