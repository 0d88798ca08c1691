import type { Finding, PreflightSubject } from './check.ts'

/** Upstreams that routes of a release go to, and its environment does not have: nothing would be answered there. */
export async function checkUpstreams ({ changes, target }: PreflightSubject): Promise<Finding[]> {
  const brought = changes.flatMap(({ before, after }) => after?.upstream === undefined || before?.versionId === after.versionId ? [] : [after])
  if (brought.length === 0) return []
  const present = await target.upstreamNames()
  return brought.filter(({ upstream }) => !present.has(upstream.name)).map(({ functionName, upstream }) => ({
    severity: 'refusal', code: 'upstream_missing', functionName, message: `"${functionName}" goes to the upstream ${upstream.name}, which ${target.name} does not have.`
  }))
}
