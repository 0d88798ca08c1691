import type { IncomingHttpHeaders } from 'node:http'
import type { AnswerHead, CompiledPolicy, PolicyModule } from '../policy.ts'
import type { HeadersSettings } from './schema.ts'

export const headers: PolicyModule<HeadersSettings> = {
  // After all others: the owner has the last word on them.
  priority: 0,
  compile: ({ request, response }): CompiledPolicy => ({
    ...request && { forward: changeRequest(compileChanges(request)) },
    ...response && { answer: changeAnswer(compileChanges(response)) }
  })
}

type Changes = NonNullable<HeadersSettings['request']>

export interface CompiledChanges {
  remove: readonly string[]
  set: ReadonlyArray<[name: string, value: string]>
  defaults: ReadonlyArray<[name: string, value: string]>
}

export function compileChanges ({ set = {}, default: defaults = {}, remove = [] }: Changes): CompiledChanges {
  const lower = (fields: Record<string, string>): Array<[string, string]> => Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value])
  return { remove: remove.map(name => name.toLowerCase()), set: lower(set), defaults: lower(defaults) }
}

export function changeRequest ({ remove, set, defaults }: CompiledChanges): (fields: IncomingHttpHeaders) => void {
  return fields => {
    for (const name of remove) fields[name] = undefined
    for (const [name, value] of set) fields[name] = value
    for (const [name, value] of defaults) fields[name] ??= value
  }
}

export function changeAnswer ({ remove, set, defaults }: CompiledChanges): (head: AnswerHead) => void {
  return head => {
    for (const name of remove) head.remove(name)
    for (const [name, value] of set) head.set(name, value)
    for (const [name, value] of defaults) if (head.get(name) === undefined) head.set(name, value)
  }
}
