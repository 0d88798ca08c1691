import { groups, groupNames } from './groups.ts'
import type { GroupName } from './groups.ts'
import { MonotonicClock } from './monotonic-clock.ts'
import type { GroupExports, RuntimeHost, RuntimeScope, WebRuntimeHandle } from './scope.ts'

/**
 * Evaluated in a context before any tenant code. Makes every web-standard global an accessor that evaluates its group on
 * the first read and becomes an ordinary property then; assigning to it works as for any global.
 */
export default function install (host: RuntimeHost): WebRuntimeHandle {
  const { defineProperty } = Object
  const { get } = Reflect
  // No Map, and no iteration below once tenant code runs: it may have replaced what both go through.
  const loaded: { [Name in GroupName]?: GroupExports[Name] } = Object.create(null)
  let fire: (id: number) => boolean = () => false

  const scope: RuntimeScope = {
    host,
    clock: new MonotonicClock(Date.now),
    use: <Name extends GroupName>(name: Name) => {
      return loaded[name] ?? (loaded[name] = load(name))
    },
    isLoaded: name => loaded[name] !== undefined,
    onTimers: handler => { fire = handler }
  }

  function load<Name extends GroupName> (name: Name): GroupExports[Name] {
    const exports = host.loadGroup(name)(scope) as GroupExports[Name]
    const names: readonly string[] = groups[name]
    for (let index = 0; index < names.length; index++) {
      const global = names[index] as string
      nameAfterGlobal(get(exports, global), global)
    }
    return exports
  }

  /** The bundler renames a class where another has its name. */
  function nameAfterGlobal (value: unknown, name: string): void {
    if (typeof value === 'function' && value.name !== name) defineProperty(value, 'name', { value: name, configurable: true })
  }

  function defineData (target: object, name: string, value: unknown): void {
    defineProperty(target, name, { value, configurable: true, enumerable: false, writable: true })
  }

  function defineLazily (group: GroupName, name: string): void {
    defineProperty(globalThis, name, {
      configurable: true,
      enumerable: false,
      get () {
        const value: unknown = get(scope.use(group), name)
        defineData(globalThis, name, value)
        return value
      },
      set (this: unknown, value: unknown) {
        // An object that inherits from the global object gets a property of its own, as from any data property.
        defineData(this === undefined || this === null ? globalThis : Object(this), name, value)
      }
    })
  }

  for (const group of groupNames) {
    for (const name of groups[group]) defineLazily(group, name)
  }

  return {
    fireTimer: id => fire(id),
    createRequest: parts => scope.use('fetch').createRequest(parts),
    abortRequest: (request, reason) => {
      if (scope.isLoaded('fetch')) scope.use('fetch').abortRequest(request, reason)
    },
    isResponse: value => scope.isLoaded('fetch') && scope.use('fetch').isResponse(value),
    readResponse: response => scope.use('fetch').readResponse(response as Response),
    encode: text => new (scope.use('text').TextEncoder)().encode(text)
  }
}
