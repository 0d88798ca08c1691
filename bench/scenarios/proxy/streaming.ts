import { answers } from '../../proxied/answers.ts'
import { bandwidthFigures, timesFigures } from '../../proxied/costs.ts'
import { allProxies, peersOf } from '../../proxied/proxies.ts'
import type { Scenario } from '../../scenario.ts'

export const streaming: Scenario = {
  id: 'proxy/streaming',
  group: 'proxy',
  title: 'Proxied, a stream of 1 MiB',
  about: 'As proxy/small, with an answer whose length nobody knows beforehand: 64 chunks of 16 kB each, passed on as they come.',
  mode: 'short',
  run: async bench => {
    const throughput = await bench.saturate(await peersOf(bench, allProxies(bench.mode), answers.streamed))
    return { throughput, figures: [...bandwidthFigures(throughput, answers.streamed.body.length), ...timesFigures(throughput, 'imprun')] }
  }
}
