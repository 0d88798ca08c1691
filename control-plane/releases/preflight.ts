import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { KnownUsage } from '../usage/known.ts'
import { checkCanary } from './checks/canary.ts'
import type { Check, Finding, PreflightSubject } from './checks/check.ts'
import { createClientCheck } from './checks/clients.ts'
import { checkPipeline } from './checks/pipeline.ts'
import { checkPlugins } from './checks/plugins.ts'
import { createRouteCheck } from './checks/routes.ts'
import { checkUpstreams } from './checks/upstreams.ts'
import { createVariableCheck } from './checks/variables.ts'

/** Looks at a release that is about to be made; refusals first. */
export type Preflight = (subject: PreflightSubject) => Promise<Finding[]>

export function createPreflight ({ clock, usage }: { clock: Clock, usage: KnownUsage }): Preflight {
  const checks: readonly Check[] = [checkPipeline, checkCanary, createVariableCheck(usage), checkUpstreams, createRouteCheck(usage), checkPlugins, createClientCheck(clock)]
  return async subject => {
    const findings: Finding[] = []
    for (const check of checks) findings.push(...await check(subject))
    return findings.sort((a, b) => Number(isRefusal(b)) - Number(isRefusal(a)))
  }
}

export function isRefusal ({ severity }: Finding): boolean {
  return severity === 'refusal'
}

/** @param how whoever reads it can overrule it */
export function refused (findings: readonly Finding[], how: string): Problem {
  const reasons = findings.filter(isRefusal).map(({ message }) => message).join(' ')
  return new Problem('release_refused', `${reasons} ${how}`, { extra: { findings } })
}
