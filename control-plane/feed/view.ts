import { hash } from 'node:crypto'
import type { Scope } from '../data-plane-tokens/scope.ts'

/**
 * What a reader knows its state by. A token that opens some environments alone shows another state of the store than one that opens others:
 * who comes back with a token of another scope must not go on from the state that it holds, but get everything anew. So the scope is part of
 * the name that the feed gives to the store, which is opaque to readers.
 */
export function viewOf (store: string, scope: Scope): string {
  return scope === null ? store : `${store}~${hash('sha256', [...scope].sort().join(','), 'hex').slice(0, 16)}`
}

/** The store of a view: no id of a store has a tilde. */
export function storeOfView (view: string): string {
  return view.split('~', 1)[0]!
}
