import { clientHandle, type HandleKind } from '#shared/client-handles.ts'
import type { Clock } from '#shared/clock.ts'
import type { ProblemCode } from '#shared/errors.ts'
import type { Caller, HotCache } from '../hot-cache.ts'

/** Which environment is asked. */
export interface CallerPlace {
  readonly gatewayId: string
  readonly environment: string
}

type Fault = 'disabled' | 'expired' | null

function faultOf ({ enabled, expiresAt }: Caller, clock: Clock): Fault {
  if (!enabled) return 'disabled'
  return expiresAt !== null && expiresAt <= clock.now() ? 'expired' : null
}

/** What is wrong with a key that was known to belong to this environment; `null`: nothing. */
export function keyFault (key: Caller | null, { gatewayId, environment }: CallerPlace, clock: Clock): ProblemCode | null {
  if (key === null || key.gatewayId !== gatewayId || key.environment !== environment) return 'api_key_invalid'
  const fault = faultOf(key, clock)
  return fault && `api_key_${fault}`
}

/** What is wrong with a client that something else than a key stands for. */
export function clientFault (client: Caller | null, clock: Clock): ProblemCode | null {
  if (client === null) return 'client_unknown'
  const fault = faultOf(client, clock)
  return fault && `client_${fault}`
}

/** What has become of a caller since its request began. @param now the same, as it is found now */
export function revocation (before: Caller, now: Caller | null, place: CallerPlace, clock: Clock): ProblemCode | null {
  return before.apiKeyId === null ? clientFault(now, clock) : keyFault(now, place, clock)
}

export function findClient (hot: Pick<HotCache, 'findClient'>, { gatewayId, environment }: CallerPlace, kind: HandleKind, value: string): Caller | null {
  return hot.findClient(clientHandle(gatewayId, environment, kind, value))
}
