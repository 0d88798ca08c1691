import { describeCanary } from '../../canaries/in-progress.ts'
import type { Finding, PreflightSubject } from './check.ts'

/** What is to be served ends the canary. A rollback does so without being asked: who needs one has no time. */
export function checkCanary ({ use, origin, target }: PreflightSubject): Finding[] {
  if (use !== 'serve' || origin.kind === 'rollback' || target.canary === null) return []
  return [{ severity: 'refusal', code: 'canary_in_progress', message: `${describeCanary(target.name, target.canary)} Finish it or drop it first; this release would take its place.` }]
}
