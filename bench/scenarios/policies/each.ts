import { policyCases } from '../../policies/cases.ts'
import { none, sharedGateways, startPolicyGateways } from '../../policies/gateways.ts'
import { addedFigures, type Added } from '../../policies/added.ts'
import type { Scenario } from '../../scenario.ts'

/** Of the whole platform, each with one of its own: they are not set for a gateway. */
const ofPlatform = [
  { name: 'the access record', without: { IMPRUN_ACCESS_LOG: 'off' } },
  { name: 'what explain has to tell', without: { IMPRUN_TRACE_MB: '0' } }
] as const

export const eachPolicy: Scenario = {
  id: 'policies/each',
  group: 'policies',
  title: 'Each policy on its own',
  about: 'One route to an upstream that answers at once: with one policy, and without it, in rounds side by side on one platform. What a request takes more of the processor is told; what answers in the place of the upstream takes less.',
  mode: 'full',
  run: async bench => {
    const gateways = await sharedGateways(bench)
    const peers = await gateways.open([none, ...policyCases])
    const added: Added[] = policyCases.map(({ name, against = none.name }) => ({ name, own: name, without: against }))
    for (const { name, without } of ofPlatform) {
      const [peer] = await (await startPolicyGateways(bench.started, without)).open([{ ...none, name: `none, without ${name}` }])
      peers.push(peer!)
      added.push({ name, own: none.name, without: peer!.name })
    }
    // Half as long as others: they are many, and what they share is warm.
    const throughput = await bench.saturate(peers, { secondsOfRound: Math.max(1, bench.secondsOfRound / 2) })
    return { throughput, figures: addedFigures(throughput, added) }
  }
}
