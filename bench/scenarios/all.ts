import type { Scenario } from '../scenario.ts'
import { density } from './capacity/density.ts'
import { scale } from './capacity/scale.ts'
import { store } from './capacity/store.ts'
import { adminWrites } from './events/admin-writes.ts'
import { coldStart } from './events/cold-start.ts'
import { propagation } from './events/propagation.ts'
import { revocation } from './events/revocation.ts'
import { rollback } from './events/rollback.ts'
import { rollingRestart } from './events/rolling-restart.ts'
import { cpu } from './function/cpu.ts'
import { echoLarge, echoSmall } from './function/echo.ts'
import { fetch } from './function/fetch.ts'
import { hello } from './function/hello.ts'
import { uniformMillion } from './keys/uniform-1000000.ts'
import { uniformTenThousand } from './keys/uniform-10000.ts'
import { zipfMillion } from './keys/zipf-1000000.ts'
import { zipfTenThousand } from './keys/zipf-10000.ts'
import { addedByFunction } from './latency/function.ts'
import { addedByProxy } from './latency/proxy.ts'
import { allPoliciesOn } from './policies/all-on.ts'
import { eachPolicy } from './policies/each.ts'
import { large } from './proxy/large.ts'
import { small } from './proxy/small.ts'
import { streaming } from './proxy/streaming.ts'

/** In the order in which they are run and told: group after group. */
export const scenarios: readonly Scenario[] = [
  hello,
  echoSmall,
  echoLarge,
  cpu,
  fetch,
  small,
  large,
  streaming,
  uniformTenThousand,
  zipfTenThousand,
  uniformMillion,
  zipfMillion,
  allPoliciesOn,
  eachPolicy,
  addedByFunction,
  addedByProxy,
  coldStart,
  propagation,
  revocation,
  rollback,
  rollingRestart,
  adminWrites,
  density,
  scale,
  store
]
