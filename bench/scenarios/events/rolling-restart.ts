import { Agent, request, type Dispatcher } from 'undici'
import { forkPlatform, type Platform } from '../../../test/support/launch.ts'
import { makePlaces, startPlatform } from '../../events/platform.ts'
import { startSteady, type AskOnce, type SteadyOutcome } from '../../events/steady.ts'
import { saveFunction, type Place } from '../../events/writes.ts'
import { amount } from '../../figures.ts'
import { version } from '../../peers/imprun.ts'
import { latencyRound, target } from '../../report.ts'
import type { LatencyOfPeer } from '../../result.ts'
import type { Scenario } from '../../scenario.ts'

const reloads = 5
const keptConnections = 32
const keptPerSecond = 500
const newPerSecond = 100
const answer = 'let in'

/** Every process of the data plane is replaced again and again, under load. */
export const rollingRestart: Scenario = {
  id: 'events/rolling-restart',
  group: 'events',
  title: 'The data plane is reloaded under load',
  about: `\`npm run data-plane:reload\` replaces supervisor, edge workers and sandboxes ${reloads} times, one right after the other, while ${keptPerSecond} requests a second come on ${keptConnections} connections that are kept, ` +
    `and ${newPerSecond} a second on a connection of their own each. Nothing is sent twice: whatever is no right answer has failed. Latency counts from when a request was to be sent, reload by reload.`,
  mode: 'short',
  run: async bench => {
    const platform = await startPlatform(bench.started)
    const [place] = await makePlaces(platform.admin, 'restart', 1)
    await saveFunction(platform.admin, place!, 'ask', `export default () => '${answer}'`, '?wait=applied')
    const kept = new Agent({ connections: keptConnections, pipelining: 1 })
    bench.started.add(async () => await kept.destroy())
    const steady = [
      { name: 'on kept connections', perSecond: keptPerSecond, load: startSteady(asking(platform, place!, kept), keptPerSecond) },
      { name: 'with a connection each', perSecond: newPerSecond, load: startSteady(asking(platform, place!, null), newPerSecond) }
    ]
    const seconds: number[] = []
    const outcomes = steady.map((): SteadyOutcome[] => [])
    const takeAll = (): void => steady.forEach(({ load }, index) => outcomes[index]!.push(load.take()))
    try {
      for (let round = 0; round < reloads; round++) {
        seconds.push(await reload(platform))
        takeAll()
      }
    } finally {
      // Also where a reload fails: nothing may go on asking.
      await Promise.all(steady.map(async ({ load }) => await load.stop()))
    }
    // While the last generation drains.
    takeAll()
    const failures = outcomes.flat().flatMap(outcome => outcome.failures)
    for (const failure of failures.slice(0, 10)) bench.say(`failed: ${failure}`)
    const peers = await Promise.all(steady.map(async ({ name, perSecond }, index): Promise<LatencyOfPeer> =>
      ({ name: `imprun, ${name}`, version: await version(), perSecond, rounds: outcomes[index]!.slice(0, reloads).map(({ latenciesMs }) => latencyRound(latenciesMs)) })))
    return {
      latency: peers,
      figures: [
        amount('failed requests', 'count', [failures.length]),
        amount('answered requests', 'count', [outcomes.flat().reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0)]),
        amount('a reload, until the new processes serve', 's', seconds)
      ],
      targets: [target('failed requests', failures.length, 'at most', 0, 'count')]
    }
  }
}

/** @param dispatcher of kept connections; `null`: each request makes one, and closes it */
function asking ({ dataUrl }: Platform, { host, key }: Place, dispatcher: Dispatcher | null): AskOnce {
  return async () => {
    const own = dispatcher ?? new Agent({ connections: 1, pipelining: 0 })
    try {
      const { statusCode, body } = await request(`${dataUrl}/ask`, { dispatcher: own, headers: { host, 'x-api-key': key } })
      const text = await body.text()
      return statusCode === 200 && text === answer ? null : `${statusCode} ${text.slice(0, 300)}`
    } finally {
      if (dispatcher === null) await own.destroy()
    }
  }
}

/** As an operator does it. @returns seconds */
async function reload ({ dataDir }: Platform): Promise<number> {
  const begunAt = performance.now()
  const { exited, output } = forkPlatform({ dataDir, args: ['data-plane:reload'] })
  const { code } = await exited
  if (code !== 0) throw new Error(`A reload ended with ${code}:\n${output()}`)
  return (performance.now() - begunAt) / 1_000
}
