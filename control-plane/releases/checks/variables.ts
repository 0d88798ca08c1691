import { setImmediate } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { ReleaseRoute } from '#shared/feed.ts'
import { findVariableNames } from '../variable-names.ts'
import type { Check, Finding, PreflightSubject } from './check.ts'

const maxVersions = 5_000

/** Variables and secrets that the code of a release reads, and its environment does not have. */
export function createVariableCheck (): Check {
  /** By gateway and version, which never change. */
  const known = new LRUCache<string, string[]>({ max: maxVersions })
  const namesIn = async ({ gateway, bundleOf }: PreflightSubject, route: ReleaseRoute): Promise<string[]> => {
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
  return async subject => {
    const { changes, target, source } = subject
    const brought = changes.flatMap(({ before, after }) => after === null || before?.versionId === after.versionId ? [] : [after])
    if (brought.length === 0) return []
    const present = await target.variableNames()
    const inSource = await source?.variableNames() ?? new Set<string>()
    const findings: Finding[] = []
    for (const route of brought) {
      const missing = (await namesIn(subject, route)).filter(name => !present.has(name))
      findings.push(...missing.map(name => finding(subject, route.functionName, name, inSource.has(name))))
    }
    return findings
  }
}

/** Code may well do without a variable; where it comes from an environment that has it, it was tried with it. */
function finding ({ target, source }: PreflightSubject, functionName: string, name: string, isInSource: boolean): Finding {
  const reads = `"${functionName}" reads the variable ${name}, which ${target.name} does not have`
  if (source === null || !isInSource) return { severity: 'warning', code: 'variable_missing', functionName, message: `${reads}.` }
  return { severity: 'refusal', code: 'variable_missing', functionName, message: `${reads}, and ${source.name} does.` }
}
