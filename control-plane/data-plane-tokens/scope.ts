/** Names of the environments that a token opens; `null`: all. What it does not open is to its holder as if it were not there. */
export type Scope = readonly string[] | null

export function opens (scope: Scope, environment: string): boolean {
  return scope === null || scope.includes(environment)
}

export function within<Item extends { environment: string }> (scope: Scope, items: readonly Item[]): Item[] {
  return items.filter(({ environment }) => opens(scope, environment))
}

/** What both open. */
export function narrower (first: Scope, second: Scope): string[] | null {
  if (first === null) return second === null ? null : [...second]
  return first.filter(environment => opens(second, environment))
}
