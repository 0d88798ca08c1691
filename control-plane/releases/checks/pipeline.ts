import type { Finding, PreflightSubject } from './check.ts'

/** A gateway's environments stand in the order in which releases go through them. */
export function checkPipeline ({ gateway: { environments }, target, source }: PreflightSubject): Finding[] {
  if (source === null) return []
  const from = environments.indexOf(source.name)
  const to = environments.indexOf(target.name)
  if (to < from) {
    return [{ severity: 'refusal', code: 'pipeline_backwards', message: `${source.name} comes after ${target.name} in the pipeline ${environments.join(' → ')}.` }]
  }
  const skipped = environments.slice(from + 1, to)
  if (skipped.length === 0) return []
  return [{ severity: 'refusal', code: 'pipeline_skipped', message: `The pipeline ${environments.join(' → ')} goes through ${skipped.join(' and ')} first.` }]
}
