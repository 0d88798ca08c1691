import { scope } from '../scope.ts'
import type { GroupExports } from '../scope.ts'
import type { GroupName } from '../groups.ts'

type Constructor = abstract new (...args: never) => object

const nothing = {}

/**
 * Stands in for a class of another group, which is evaluated when the class is used. Asking whether something is an instance
 * is no use: while the group is not evaluated there can be none.
 */
export function lazyClass<Name extends GroupName, Key extends keyof GroupExports[Name]> (group: Name, name: Key): GroupExports[Name][Key] {
  const load = () => scope.use(group)[name] as unknown as Constructor
  return new Proxy(function () {}, {
    get: (_target, property) => property === 'prototype' && !scope.isLoaded(group) ? nothing : Reflect.get(load(), property) as unknown,
    construct: (_target, args) => Reflect.construct(load(), args) as object
  }) as unknown as GroupExports[Name][Key]
}
