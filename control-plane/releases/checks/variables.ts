import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { ReleaseRoute } from '#shared/feed.ts'
import type { KnownUsage } from '../../usage/known.ts'
import { findVariableNames } from '../variable-names.ts'
import type { Check, Finding, PreflightSubject } from './check.ts'

const maxVersions = 5_000

/** How it is known that code reads a variable: it is written there, this version has read it, or another one of the function. */
type Evidence = 'code' | 'run' | 'other-version'

/** Variables and secrets that the code of a release reads, and its environment does not have. */
export function createVariableCheck (usage: KnownUsage): Check {
  const namesInCode = createCodeReader()
  return async subject => {
    const { gateway, changes, target, source } = subject
    const brought = changes.flatMap(({ before, after }) => after === null || before?.versionId === after.versionId ? [] : [after])
    if (brought.length === 0) return []
    const present = await target.variableNames()
    const inSource = await source?.variableNames() ?? null
    const findings: Finding[] = []
    for (const route of brought) {
      const seen = await namesSeen(usage, gateway.id, route, inSource, source?.name ?? null)
      const names = new Map([...seen.others, ...(await namesInCode(subject, route)).map(name => [name, 'code'] as const), ...seen.own])
      const missing = [...names].filter(([name]) => !present.has(name)).sort(([a], [b]) => a < b ? -1 : 1)
      findings.push(...missing.map(([name, evidence]) => finding(subject, route.functionName, name, evidence, inSource?.has(name) === true)))
    }
    return findings
  }
}

function createCodeReader (): (subject: PreflightSubject, route: ReleaseRoute) => Promise<string[]> {
  /** By gateway and version, which never change. */
  const known = new LRUCache<string, string[]>({ max: maxVersions })
  return async ({ gateway, bundleOf }, route) => {
    const key = `${gateway.id}/${route.versionId}`
    const there = known.get(key)
    if (there !== undefined) return there
    // Parsing takes time: others are to be answered in between.
    await setImmediate()
    const bundle = await bundleOf(route)
    const names = bundle === null ? [] : findVariableNames(bundle)
    known.set(key, names)
    return names
  }
}

/**
 * What was read where the release comes from, or, where it comes from nowhere, by this version anywhere. Of other versions that counts which
 * the source has: one may have been removed from the code since.
 */
async function namesSeen (
  { variables }: KnownUsage, gatewayId: string, { functionName, versionId }: ReleaseRoute, inSource: ReadonlySet<string> | null, source: string | null
): Promise<Record<'own' | 'others', Array<[name: string, evidence: Evidence]>>> {
  const reads = (await variables(gatewayId, functionName)).filter(({ environment }) => source === null || environment === source)
  const namesOf = (isOwn: boolean): string[] => reads.filter(read => (read.versionId === versionId) === isOwn).flatMap(({ names }) => names.map(({ name }) => name))
  return {
    own: namesOf(true).map(name => [name, 'run']),
    others: namesOf(false).filter(name => inSource?.has(name) === true).map(name => [name, 'other-version'])
  }
}

/** Code may well do without a variable; where it comes from an environment that has it, it was tried with it. */
function finding ({ target, source }: PreflightSubject, functionName: string, name: string, evidence: Evidence, isInSource: boolean): Finding {
  const isSeen = evidence !== 'code'
  const about = { code: 'variable_missing', functionName, ...(isSeen && { seenAtRunTime: true }) } as const
  const reads = `"${functionName}" ${isSeen ? 'was seen to read' : 'reads'} the variable ${name}, which ${target.name} does not have`
  if (source === null || !isInSource) return { severity: 'warning', ...about, message: `${reads}.` }
  if (evidence === 'other-version') return { severity: 'warning', ...about, message: `Another version of ${reads}, and ${source.name} does.` }
  return { severity: 'refusal', ...about, message: `${reads}, and ${source.name} does.` }
}
