import { clientFault, findClient } from './caller.ts'
import type { CompiledAuthentication } from './compile.ts'
import type { AuthDecision, Authenticated, AuthSources, Refused } from './method.ts'
import type { EdgeRequest } from '../edge/request.ts'

const anonymous: AuthDecision = { kind: 'anonymous' }
/** It may have been revoked, and this machine would not know. About a heartbeat after it hears again it lets clients in. */
const stale: AuthDecision = { kind: 'refused', code: 'configuration_stale', headers: { 'retry-after': '5' } }

/** Who calls. The first method that finds credentials of its kind decides: what one refuses no other is asked about. */
export function authenticate (request: EdgeRequest, authentication: CompiledAuthentication, sources: AuthSources): AuthDecision | Promise<AuthDecision> {
  const { methods, names, maxStalenessMs } = authentication
  if (methods.length === 0) return anonymous
  for (let index = 0; index < methods.length; index++) {
    const decision = methods[index]!.decide(request, sources)
    if (decision === null) continue
    request.exchange.identifiedWith = names[index]!
    return maxStalenessMs !== null && sources.freshness.ageMs() > maxStalenessMs ? stale : decision
  }
  return authentication.anonymousClient === null ? authentication.missing : asAnonymous(request, authentication, sources)
}

/** Counted, limited and named like any other client. Where there is none of this name any more, nobody is let in for that reason. */
function asAnonymous ({ exchange }: EdgeRequest, { anonymousClient, missing }: CompiledAuthentication, { hot, clock }: AuthSources): Authenticated | Refused {
  const caller = findClient(hot, exchange.environment!, 'name', anonymousClient!)
  if (caller === null || clientFault(caller, clock) !== null) return missing
  // Another release may have asked before, and found credentials.
  exchange.identifiedWith = null
  return { kind: 'authenticated', caller, claims: null, scopes: caller.scopes, forwards: false, signedDigest: null }
}
