import type { Scenario } from '../scenario.ts'
import { hello } from './function/hello.ts'
import { large } from './proxy/large.ts'
import { small } from './proxy/small.ts'
import { streaming } from './proxy/streaming.ts'

/** In the order in which they are run and told: group after group. */
export const scenarios: readonly Scenario[] = [
  hello,
  small,
  large,
  streaming
]
