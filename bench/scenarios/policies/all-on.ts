import { addedFigures } from '../../policies/added.ts'
import { allOn } from '../../policies/cases.ts'
import { none, sharedGateways } from '../../policies/gateways.ts'
import { pairedRatios } from '../../report.ts'
import type { Figure, ThroughputOfPeer } from '../../result.ts'
import type { Scenario } from '../../scenario.ts'

export const allPoliciesOn: Scenario = {
  id: 'policies/all-on',
  group: 'policies',
  title: 'All policies at once, and none',
  about: 'One route to an upstream that answers at once: with every policy that lets a request through, and with none. Compression is one of them, so the small answer is gzipped each time.',
  mode: 'short',
  run: async bench => {
    const gateways = await sharedGateways(bench)
    const throughput = await bench.saturate(await gateways.open([none, allOn]))
    const [without, own] = throughput as [ThroughputOfPeer, ThroughputOfPeer]
    const ratio: Figure = { name: `${own.name} / ${without.name}, requests a second`, unit: 'ratio', values: pairedRatios(own.rounds, without.rounds), as: 'median' }
    return { throughput, figures: [ratio, ...addedFigures(throughput, [{ name: own.name, own: own.name, without: without.name }])] }
  }
}
