import { setTimeout as delay } from 'node:timers/promises'
import type { PolicyDecision, PolicyModule } from '../policy.ts'
import type { FaultInjectionSettings } from './schema.ts'

export const faultInjection: PolicyModule<FaultInjectionSettings> = {
  // Of those that know the route the first: a fault is one of whatever would have come.
  priority: 500,
  compile: ({ abort, delay: slow }) => {
    const failed: PolicyDecision | null = abort === undefined ? null : { kind: 'refusal', code: 'fault_injected', status: abort.status }
    const decide = (): PolicyDecision | null => meets(abort) ? failed : null
    return { meet: () => meets(slow) ? delay(slow!.ms).then(decide) : decide() }
  }
}

function meets (share: { percentage?: number } | undefined): boolean {
  return share !== undefined && Math.random() * 100 < (share.percentage ?? 100)
}
