import type { ApiGateway, ReleaseOrigin } from '../store/documents.ts'
import type { RouteChange } from './changes.ts'
import type { MissingVariable } from './missing-variables.ts'

/** What somebody should know before a release is made. */
export interface Finding {
  /** A refusal has to be overruled by `force`. */
  severity: 'refusal' | 'warning'
  /** Stable: clients may branch on it. */
  code: 'pipeline_skipped' | 'pipeline_backwards' | 'variable_missing' | 'route_vanishes' | 'route_moves'
  message: string
  functionName?: string
}

export interface PreflightSubject {
  gateway: ApiGateway
  environment: string
  origin: ReleaseOrigin
  changes: readonly RouteChange[]
  missingVariables: readonly MissingVariable[]
}

/** Looks at a release that is about to be made; refusals first. */
export function preflight (subject: PreflightSubject): Finding[] {
  const findings = [...checkPipeline(subject), ...checkVariables(subject), ...checkRoutes(subject)]
  return findings.sort((a, b) => Number(b.severity === 'refusal') - Number(a.severity === 'refusal'))
}

/** A gateway's environments stand in the order in which releases go through them. */
function checkPipeline ({ gateway: { environments }, environment, origin }: PreflightSubject): Finding[] {
  if (origin.kind !== 'promotion') return []
  const from = environments.indexOf(origin.environment)
  const to = environments.indexOf(environment)
  if (to < from) {
    return [{ severity: 'refusal', code: 'pipeline_backwards', message: `${origin.environment} comes after ${environment} in the pipeline ${environments.join(' → ')}.` }]
  }
  const skipped = environments.slice(from + 1, to)
  if (skipped.length === 0) return []
  return [{ severity: 'refusal', code: 'pipeline_skipped', message: `The pipeline ${environments.join(' → ')} goes through ${skipped.join(' and ')} first.` }]
}

/** Code may well do without a variable; where it comes from an environment that has it, it was tried with it. */
function checkVariables ({ environment, origin, missingVariables }: PreflightSubject): Finding[] {
  return missingVariables.map(({ name, functionName, isInSource }): Finding => {
    const reads = `"${functionName}" reads the variable ${name}, which ${environment} does not have`
    if (!isInSource || origin.kind !== 'promotion') return { severity: 'warning', code: 'variable_missing', functionName, message: `${reads}.` }
    return { severity: 'refusal', code: 'variable_missing', functionName, message: `${reads}, and ${origin.environment} does.` }
  })
}

function checkRoutes ({ environment, changes }: PreflightSubject): Finding[] {
  return changes.flatMap(({ change, functionName, before, after }): Finding[] => {
    if (before === null) return []
    const route = `${before.methods.join(', ')} ${before.path}`
    if (change === 'removed') return [{ severity: 'warning', code: 'route_vanishes', functionName, message: `${route} is served by ${environment} now, and would not be any more.` }]
    const lost = before.methods.filter(method => !after!.methods.includes(method))
    if (before.path === after!.path && lost.length === 0) return []
    return [{ severity: 'warning', code: 'route_moves', functionName, message: `${route} would become ${after!.methods.join(', ')} ${after!.path}.` }]
  })
}
