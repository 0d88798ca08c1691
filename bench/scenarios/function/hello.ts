import { measureFunction } from '../../functions/measure.ts'
import { hello as fn } from '../../functions/measured.ts'
import { throughputTarget } from '../../report.ts'
import type { Scenario } from '../../scenario.ts'

export const hello: Scenario = {
  id: 'function/hello',
  group: 'function',
  title: 'The smallest answer of a function',
  about: 'An object made in the function, sent as JSON. What differs between the peers is what stands around it: imprun has found host, key, limit and route, and runs it in a process without rights.',
  mode: 'short',
  run: async bench => {
    const throughput = await measureFunction(bench, fn)
    return { throughput, targets: [...throughputTarget(throughput, 'imprun', 'node:http', 0.5), ...throughputTarget(throughput, 'imprun', 'workerd', 2.5)] }
  }
}
