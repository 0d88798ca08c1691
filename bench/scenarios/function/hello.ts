import * as imprun from '../../peers/imprun.ts'
import * as nodeHttp from '../../peers/node-http.ts'
import * as workerd from '../../peers/workerd.ts'
import { throughputTarget } from '../../report.ts'
import type { Scenario } from '../../scenario.ts'

export const hello: Scenario = {
  id: 'function/hello',
  group: 'function',
  title: 'The smallest answer of a function',
  about: 'An object made in the function, sent as JSON.',
  mode: 'short',
  run: async bench => {
    const peers = [
      await bench.start(nodeHttp.start),
      await bench.start(async () => (await imprun.start({ environments: 1, clients: 100 })).alone),
      await bench.start(workerd.start)
    ]
    const throughput = await bench.saturate(peers)
    return { throughput, targets: [...throughputTarget(throughput, 'imprun', 'node:http', 0.5), ...throughputTarget(throughput, 'imprun', 'workerd', 2.5)] }
  }
}
