import { answers } from '../../proxied/answers.ts'
import { bandwidthFigures, timesFigures } from '../../proxied/costs.ts'
import { allProxies, peersOf } from '../../proxied/proxies.ts'
import type { Scenario } from '../../scenario.ts'

export const large: Scenario = {
  id: 'proxy/large',
  group: 'proxy',
  title: 'Proxied, 100 kB of JSON',
  about: 'As proxy/small, with a body whose length is known beforehand: what of the cost is of the request, and what of its bytes.',
  mode: 'short',
  run: async bench => {
    const throughput = await bench.saturate(await peersOf(bench, allProxies(bench.mode), answers.large))
    return { throughput, figures: [...bandwidthFigures(throughput, answers.large.body.length), ...timesFigures(throughput, 'imprun')] }
  }
}
