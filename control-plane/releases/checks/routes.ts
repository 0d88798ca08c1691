import type { ReleaseRoute } from '#shared/feed.ts'
import type { RouteUsage } from '../../store/records.ts'
import { recentDays, type KnownUsage } from '../../usage/known.ts'
import type { RouteChange } from '../changes.ts'
import type { Check, EnvironmentFacts, Finding, PreflightSubject } from './check.ts'

const maxNames = 5

/** What callers find now, and would not find any more; what some of them have asked for lately is refused. */
export function createRouteCheck (usage: KnownUsage): Check {
  return async subject => {
    const { gateway, use, target, changes } = subject
    // They go on finding it: nothing leads them to a preview.
    if (use === 'preview') return []
    const losses = findLosses(changes)
    if (losses.length === 0) return []
    const used = await usage.routes({ gatewayId: gateway.id, environment: target.name })
    return await Promise.all(losses.map(async loss => {
      const uses = used.filter(({ method, path }) => loss.answers.has(answerKey(method, path)))
      return uses.length === 0 ? unusedFinding(subject, loss) : await usedFinding(subject, loss, uses)
    }))
  }
}

interface Loss {
  before: ReleaseRoute
  after: ReleaseRoute | null
  /** What it answers now and nothing would any more; see `answerKey`. */
  answers: ReadonlySet<string>
}

/** What another function takes over is not lost. */
function findLosses (changes: readonly RouteChange[]): Loss[] {
  const left = new Set(changes.flatMap(({ after }) => after === null ? [] : answersOf(after)))
  return changes.flatMap(({ before, after }): Loss[] => {
    if (before === null) return []
    const lost = answersOf(before).filter(answer => !left.has(answer))
    return lost.length === 0 ? [] : [{ before, after, answers: new Set(lost) }]
  })
}

/** HEAD is answered by GET, too. */
function answersOf ({ methods, path }: ReleaseRoute): string[] {
  const answered = methods.includes('GET') ? new Set([...methods, 'HEAD']) : methods
  return [...answered].map(method => answerKey(method, path))
}

/** Callers do not see what parameters are called. */
function answerKey (method: string, path: string): string {
  return `${method} ${path.replaceAll(/:[^/]+/g, ':')}`
}

function unusedFinding ({ target }: PreflightSubject, { before, after }: Loss): Finding {
  const { functionName } = before
  const isUnused = `It was not used in the last ${recentDays} days.`
  if (after === null) {
    return { severity: 'warning', code: 'route_vanishes', functionName, message: `${describeRoute(before)} is served by ${target.name} now, and would not be any more. ${isUnused}` }
  }
  return { severity: 'warning', code: 'route_moves', functionName, message: `${describeRoute(before)} would become ${describeRoute(after)}. ${isUnused}` }
}

/** Who rolls back has no time: a rollback is not held up. */
async function usedFinding ({ target, origin }: PreflightSubject, { before, after }: Loss, uses: readonly RouteUsage[]): Promise<Finding> {
  const { functionName, path } = before
  const requests = Math.max(1, uses.reduce((sum, use) => sum + use.requests, 0))
  const lastUsedAt = uses.map(use => use.lastUsedAt).sort().at(-1)!
  const clients = await nameClients(target, uses)
  const route = `${uses.map(({ method }) => method).join(', ')} ${path}`
  const fate = after === null ? 'would not be answered any more' : `would become ${describeRoute(after)}`
  return {
    severity: origin.kind === 'rollback' ? 'warning' : 'refusal',
    code: 'route_in_use',
    functionName,
    message: `${route} ${fate}, and is in use: ${requests === 1 ? '1 request' : `${requests} requests`}${describeClients(clients)} to ${target.name} in the last ${recentDays} days, the last at ${lastUsedAt}.`,
    usage: { requests, lastUsedAt, clients: clients.names }
  }
}

interface Clients { names: string[], others: number | 'some' }

async function nameClients (target: EnvironmentFacts, uses: readonly RouteUsage[]): Promise<Clients> {
  const ids = new Set(uses.flatMap(({ clients }) => clients))
  const known = (await target.clients()).filter(({ id }) => ids.has(id)).map(({ name }) => name).sort()
  const others = ids.size - Math.min(known.length, maxNames)
  return { names: known.slice(0, maxNames), others: uses.some(({ moreClients }) => moreClients) ? 'some' : others }
}

function describeClients ({ names, others }: Clients): string {
  const quoted = names.map(name => `"${name}"`)
  const more = others === 'some' ? ['others'] : others > 0 ? [`${others} ${others === 1 ? 'other' : 'others'}`] : []
  const all = [...quoted, ...more]
  return all.length === 0 ? '' : ` of ${[all.slice(0, -1).join(', '), ...all.slice(-1)].filter(part => part !== '').join(' and ')}`
}

function describeRoute ({ methods, path }: ReleaseRoute): string {
  return `${methods.join(', ')} ${path}`
}
