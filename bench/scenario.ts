import type { LatencyOfPeer, ScenarioResult, ThroughputOfPeer } from './result.ts'
import type { Peer } from './peers/peer.ts'
import type { Started } from './engine/started.ts'

/** One question of the benchmark, in a file of its own under `scenarios/`. */
export interface Scenario extends Pick<ScenarioResult, 'id' | 'group' | 'title' | 'about'> {
  /** `full`: takes too long for `npm run bench`. */
  mode: 'short' | 'full'
  run: (bench: Bench) => Promise<Measured>
}

/** What it has to say; what is not there, is empty. */
export type Measured = Partial<Pick<ScenarioResult, 'throughput' | 'latency' | 'figures' | 'targets'>>

/** What a scenario measures with. */
export interface Bench {
  mode: 'short' | 'full'
  rounds: number
  secondsOfRound: number
  options: Options
  /** Closed, last first, when the scenario is over, however it ends. */
  started: Started
  /**
   * Starts a peer and has it closed. `null`: it cannot be had on this machine, which the result says, with the reason.
   * @throws what else than `Unavailable` goes wrong: a peer that does not start is no reason to compare the others
   */
  start: (starting: () => Promise<Peer>) => Promise<Peer | null>
  /**
   * Made by the first scenario that asks for it, and there for the others of its group; closed when the group is over. What is made for it is added to `started`.
   * @param name of what is made, one in a group
   */
  shared: <Made>(name: string, make: (started: Started) => Promise<Made>) => Promise<Made>
  /**
   * Full load, in turn (A B C, A B C, …), after a warm-up of each; answers are checked before and after. `null` among the peers: one that is missing.
   * @returns in the order of the peers
   * @throws {NotComparable} for a wrong answer or a failed request
   */
  saturate: (peers: ReadonlyArray<Peer | null>, options?: RoundOptions) => Promise<ThroughputOfPeer[]>
  /** The same at a constant rate, requests a second: latency without coordinated omission. */
  pace: (peers: ReadonlyArray<Peer | null>, perSecond: number, options?: RoundOptions) => Promise<LatencyOfPeer[]>
  say: (text: string) => void
}

/** Of single scenarios, from the command line; `null`: as the scenario has it. */
export interface Options {
  /** `--gateways 1000,100000`: the sizes that capacity/scale and capacity/store compare, the smallest first. */
  gateways: readonly number[] | null
  /** `--stores sqlite,mongodb`: of capacity/store. */
  stores: readonly string[] | null
  /** `--folder`: what capacity/scale fills in is kept there, and found there the next time. */
  folder: string | null
}

/** Where a scenario wants others than those of the run. */
export interface RoundOptions {
  rounds?: number
  secondsOfRound?: number
  connections?: number
}
