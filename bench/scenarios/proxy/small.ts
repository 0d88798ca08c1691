import { answers } from '../../proxied/answers.ts'
import { timesFigures } from '../../proxied/costs.ts'
import { allProxies, peersOf } from '../../proxied/proxies.ts'
import { throughputTarget } from '../../report.ts'
import type { Scenario } from '../../scenario.ts'

export const small: Scenario = {
  id: 'proxy/small',
  group: 'proxy',
  title: 'Proxied, 75 bytes of JSON',
  about: 'What proxies cost: an upstream answers at once, and ten thousand clients ask in turn, in no order. imprun, nginx, haproxy and varnish look the key up, hold the client to a limit, add CORS and a request id, and keep a record; the other two pass on what they are sent.',
  mode: 'short',
  run: async bench => {
    const throughput = await bench.saturate(await peersOf(bench, allProxies(bench.mode), answers.small))
    return {
      throughput,
      figures: timesFigures(throughput, 'imprun'),
      targets: [
        ...throughputTarget(throughput, 'imprun', '@fastify/http-proxy', 1.5),
        ...throughputTarget(throughput, 'imprun', 'node:http + undici', 1),
        ...throughputTarget(throughput, 'imprun', 'nginx', 0.4)
      ]
    }
  }
}
