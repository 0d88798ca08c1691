import type { Scenario } from '../scenario.ts'
import { hello } from './function/hello.ts'

/** In the order in which they are run and told: group after group. */
export const scenarios: readonly Scenario[] = [
  hello
]
