import { inTurn, makePlaces, sharedPlatform, workerCount } from '../../events/platform.ts'
import { measurePropagation, propagationFigures } from '../../events/propagation.ts'
import { p99AtMost } from '../../figures.ts'
import type { Scenario } from '../../scenario.ts'

const gateways = 50
const writes = 400
const wantedMs = 50

/** From an answered admin write to the traffic answers that show it. */
export const propagation: Scenario = {
  id: 'events/propagation',
  group: 'events',
  title: 'A change reaches traffic',
  about: `${writes} writes, one after the other: variables are set, clients added and disabled, functions deployed, in turn and each in another of ${gateways} gateways. ` +
    `After each, ${workerCount} edge workers are asked on a connection of their own, again and again, until both show it. One write of each kind goes before and does not count, since schemas are compiled when they are first needed: events/admin-writes says what that takes.`,
  mode: 'short',
  run: async bench => {
    const { admin, dataUrl } = await sharedPlatform(bench)
    const figures = propagationFigures(await measurePropagation(admin, dataUrl, workerCount, inTurn(await makePlaces(admin, 'propagation', gateways)), writes))
    return { figures, targets: [p99AtMost(figures[0]!, wantedMs)] }
  }
}
