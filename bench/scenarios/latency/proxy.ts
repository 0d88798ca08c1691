import { addedFigures, addedTargets, perSecond } from '../../added.ts'
import * as imprun from '../../peers/imprun/proxy.ts'
import * as upstreamItself from '../../peers/nginx/itself.ts'
import * as undiciProxy from '../../peers/undici-proxy/proxy.ts'
import { answers } from '../../proxied/answers.ts'
import { peersOf } from '../../proxied/proxies.ts'
import type { Scenario } from '../../scenario.ts'

export const addedByProxy: Scenario = {
  id: 'latency/proxy',
  group: 'latency',
  title: `What is added to a proxied request, at ${perSecond.toLocaleString('en-US')} a second`,
  about: 'Requests are sent at a constant rate, whatever becomes of those before, to nginx itself, which answers at once, and through each of two proxies: imprun with all that a request of one of ten thousand clients meets, ' +
    'and the least that Node.js can do. Each latency counts from when its request was due; what is added is the difference of the rounds that stand beside each other.',
  mode: 'short',
  run: async bench => {
    const latency = await bench.pace(await peersOf(bench, [upstreamItself.start, undiciProxy.start, imprun.start], answers.small), perSecond)
    return {
      latency,
      figures: [...addedFigures(latency, 'imprun', upstreamItself.peerName), ...addedFigures(latency, 'node:http + undici', upstreamItself.peerName)],
      targets: addedTargets(latency, 'imprun', upstreamItself.peerName)
    }
  }
}
