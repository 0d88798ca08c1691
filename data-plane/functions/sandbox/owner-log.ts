import { parseFields, type LogLevel, type SandboxLogLine } from '../messages.ts'
import type { OwnerWord } from '../owner-words.ts'
import type { Caller } from './call.ts'
import { bundleName, createStackMapper, type StackMapper } from './stack.ts'

/** Whose call a line belongs to. `id` is 0 where the call is not known, or answered already. */
export interface LogTarget {
  caller: Caller
  id: number
  handle: number
}

/** Sends lines to the owner of one function, with the positions of the author's source in them. */
export class OwnerLog {
  readonly #mapStack: StackMapper

  constructor (sourceMap: string) {
    this.#mapStack = createStackMapper(sourceMap)
  }

  write ({ caller, id, handle }: LogTarget, level: LogLevel, message: string, { time = Date.now(), fields = '' } = {}): void {
    caller.log(id, handle, { time, level, message: this.#mapStack(message), fields: this.#mapFields(fields) } satisfies SandboxLogLine)
  }

  /** What the machinery itself has to say. */
  say (target: LogTarget, { level, message, fields }: OwnerWord): void {
    this.write(target, level, message, { time: Date.now(), fields: JSON.stringify(fields) })
  }

  #mapFields (fields: string): string {
    if (!fields.includes(bundleName)) return fields
    return JSON.stringify(parseFields(fields), (_name, value: unknown) => typeof value === 'string' ? this.#mapStack(value) : value)
  }
}
