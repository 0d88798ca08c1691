import type { Run } from './run.ts'

/** Whether a value holds. Says why not, where `run` listens. */
export type Check = (value: unknown, run: Run) => boolean

/** A schema that has been compiled. Those that refer to themselves are there before their checks are. */
export class SchemaNode {
  checks: readonly Check[] = []
  /** The same value goes to them: one that leads back to itself in this way would never end. */
  readonly inPlace: SchemaNode[] = []
  /** See `typeOf`; `null`: any. */
  types: ReadonlySet<string> | null = null

  test (value: unknown, run: Run): boolean {
    run.enter()
    let holds = true
    for (const check of this.checks) {
      if (check(value, run)) continue
      holds = false
      if (run.stops) break
    }
    run.leave()
    return holds
  }
}

export type JsonObject = Record<string, unknown>

export function isObject (value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function typeOf (value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return typeof value
}

/** How a schema's author sees to what stands in it. */
export interface Compiler {
  /** @param pointer in the whole of what is compiled */
  node: (schema: unknown, pointer: string) => SchemaNode
  /** Of `$ref`; `null`: there is nothing, and that has been said. */
  refer: (ref: unknown, pointer: string) => SchemaNode | null
  fault: (pointer: string, detail: string) => void
  /** Required members that are read only are not sent in requests (OpenAPI 3.1, section 4.8.24). */
  readonly forRequests: boolean
}

/** Makes a check of keywords that stand in one schema; `null`: they say nothing. */
export type Keyword = (schema: JsonObject, at: string, compiler: Compiler, node: SchemaNode) => Check | null
