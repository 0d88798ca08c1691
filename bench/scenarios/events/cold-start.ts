import { environmentDomain } from '#shared/host.ts'
import { largeFunction } from '../../events/large-function.ts'
import { sharedPlatform } from '../../events/platform.ts'
import { saveFunction } from '../../events/writes.ts'
import { times } from '../../figures.ts'
import { openGateway } from '../../peers/imprun.ts'
import { NotComparable, percentile, target } from '../../report.ts'
import type { Scenario } from '../../scenario.ts'

const functions = 100
const bundleBytes = 50_000
const wantedMs = 25
const gatewayId = 'coldstart'

/** Functions are deployed and left alone; then each is called twice, one after the other, on a machine that does nothing else. */
export const coldStart: Scenario = {
  id: 'events/cold-start',
  group: 'events',
  title: 'The first call of a function',
  about: `${functions} functions of ${bundleBytes / 1_000} kB are deployed to one gateway, and then called for the first time, one after the other, and each once more. All else is warm.`,
  mode: 'short',
  run: async bench => {
    const { admin, traffic } = await sharedPlatform(bench)
    await openGateway(admin, gatewayId)
    const host = environmentDomain(gatewayId, 'dev', 'localhost')
    for (let index = 0; index <= functions; index++) {
      await saveFunction(admin, { gatewayId }, `cold${index}`, largeFunction(index, bundleBytes), index === functions ? '?wait=applied' : '')
    }
    const first: number[] = []
    const second: number[] = []
    // The last one is not measured: it makes the connections.
    for (const index of [functions, ...Array(functions).keys()]) {
      for (const times of [first, second]) {
        const begunAt = performance.now()
        const answer = await traffic(host, `/cold${index}`)
        if (index < functions) times.push(performance.now() - begunAt)
        const expected = `{"calls":${times === first ? 1 : 2},"index":${index}}`
        if (answer.text !== expected) throw new NotComparable(`a cold function answered ${answer.status} ${answer.text.slice(0, 300)} in place of ${expected}`)
      }
    }
    return { figures: [times('first call', first), times('second call', second)], targets: [target('first call, p50', percentile(first, 50), 'at most', wantedMs, 'ms')] }
  }
}
