import type { Check, Finding, PreflightSubject } from './checks/check.ts'
import { checkPipeline } from './checks/pipeline.ts'
import { checkRoutes } from './checks/routes.ts'
import { createVariableCheck } from './checks/variables.ts'

/** Looks at a release that is about to be made; refusals first. */
export type Preflight = (subject: PreflightSubject) => Promise<Finding[]>

export function createPreflight (): Preflight {
  const checks: readonly Check[] = [checkPipeline, createVariableCheck(), checkRoutes]
  return async subject => {
    const findings: Finding[] = []
    for (const check of checks) findings.push(...await check(subject))
    return findings.sort((a, b) => Number(isRefusal(b)) - Number(isRefusal(a)))
  }
}

export function isRefusal ({ severity }: Finding): boolean {
  return severity === 'refusal'
}
