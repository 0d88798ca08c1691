import type { Finding, PreflightSubject } from './check.ts'

/** What callers find now, and would not find any more. */
export function checkRoutes ({ target, changes }: PreflightSubject): Finding[] {
  return changes.flatMap(({ change, functionName, before, after }): Finding[] => {
    if (before === null) return []
    const route = `${before.methods.join(', ')} ${before.path}`
    if (change === 'removed') return [{ severity: 'warning', code: 'route_vanishes', functionName, message: `${route} is served by ${target.name} now, and would not be any more.` }]
    const lost = before.methods.filter(method => !after!.methods.includes(method))
    if (before.path === after!.path && lost.length === 0) return []
    return [{ severity: 'warning', code: 'route_moves', functionName, message: `${route} would become ${after!.methods.join(', ')} ${after!.path}.` }]
  })
}
