import type { Outbox } from './outbox.ts'
import { freeze, hasOwn, NativeProxy, ownKeys, safeMap } from './primordials.ts'

type Variables = Readonly<Record<string, string>>

/** Of names that are not there. Those that are have a bound of their own: what an environment may hold. */
const maxMissing = 100
/** Nothing longer can be a variable's name (`variableNamePattern`); what else cannot is told apart outside. */
const maxNameUnits = 64

/**
 * The variables as a function sees them, frozen; each name that it reads leaves by the outbox, once. Whoever goes through all of them by
 * listing their names (`{...env}`, `Object.entries(env)`, `JSON.stringify(env)`) does not need each: after a list one reading of each name
 * says nothing.
 *
 * A proxy, because nothing else sees a name that is not there and looks like a plain object in every respect. A reading costs 80 ns.
 */
export function observeVariables (variables: Variables, outbox: Outbox): Variables {
  const told = safeMap<string, boolean>()
  const listed = safeMap<string, number>()
  let lists = 0
  let missing = 0

  const note = (name: string): void => {
    const isThere = hasOwn(variables, name)
    if (isThere) {
      if (listed.get(name) !== lists && lists > 0) {
        listed.set(name, lists)
        return
      }
    } else {
      // Promises and JSON ask any object for these; and what objects inherit is no variable.
      if (missing >= maxMissing || name.length > maxNameUnits || name === 'then' || name === 'toJSON' || name in variables) return
      missing++
    }
    told.set(name, true)
    outbox.variable(name, isThere)
  }
  const handler: ProxyHandler<Variables> & { __proto__: null } = {
    // A trap that is not here must not be found in `Object.prototype`, where tenant code may put one.
    __proto__: null,
    get: (target, name) => {
      if (typeof name === 'string' && told.get(name) === undefined) note(name)
      return target[name as string]
    },
    ownKeys: target => {
      lists++
      return ownKeys(target)
    }
  }
  return new NativeProxy(freeze(variables), handler)
}
