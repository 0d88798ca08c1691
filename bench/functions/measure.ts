import * as bun from '../peers/bun/function.ts'
import * as deno from '../peers/deno/function.ts'
import { startFunctions, type FunctionPlatform } from '../peers/imprun/function.ts'
import { startBackend } from '../peers/nginx/backend.ts'
import * as nodeHttp from '../peers/node-http/function.ts'
import * as workerd from '../peers/workerd/function.ts'
import { answers } from '../proxied/answers.ts'
import type { Peer } from '../peers/peer.ts'
import type { ThroughputOfPeer } from '../result.ts'
import type { Bench, RoundOptions } from '../scenario.ts'
import type { MeasuredFunction } from './measured.ts'
import type { StartFunction } from './start.ts'

const others = [nodeHttp.start, workerd.start, deno.start, bun.start]

/** Half as many rounds, and half as long, of those that say less than the smallest answer does, unless there is time for all. */
export function shorter ({ mode, rounds, secondsOfRound }: Bench): RoundOptions {
  return mode === 'full' ? {} : { rounds: Math.ceil(rounds / 2), secondsOfRound: Math.ceil(secondsOfRound / 2) }
}

/** What is fetched, by the function that fetches. */
export const fetched = answers.small

/** imprun is started once for all functions of a group, the others for each: they hold one function at a time. */
export async function peersOf (bench: Bench, fn: MeasuredFunction, others: readonly StartFunction[]): Promise<Array<Peer | null>> {
  const { backend, platform } = await bench.shared('functions', async started => {
    const { origin, close } = await startBackend()
    started.add(close)
    const backend = `${origin}${fetched.path}`
    const platform: FunctionPlatform = await startFunctions(backend)
    started.add(platform.close)
    return { backend, platform }
  })
  const peers = [await bench.start(async () => platform.peerFor(fn))]
  for (const start of others) peers.push(await bench.start(async () => await start({ fn, backend })))
  return peers
}

export async function measureFunction (bench: Bench, fn: MeasuredFunction, options?: RoundOptions): Promise<ThroughputOfPeer[]> {
  return await bench.saturate(await peersOf(bench, fn, others), options)
}
