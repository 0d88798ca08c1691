import type { AskedRequest } from '#shared/policies/policy.ts'
import { shownRequest } from './shown-request.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** What is asked in the place of what was sent; `null`: no policy changes it. @param path that would be asked otherwise */
export function askedRequest (request: EdgeRequest, path: string): AskedRequest | null {
  const { layer, target } = request.exchange
  const { rewrite } = layer!.policies
  if (rewrite.length === 0) return null
  const asked: AskedRequest = { method: request.raw.method!, path, query: target.query, host: null }
  for (const step of rewrite) step(asked, shownRequest(request))
  return asked
}
