import path from 'node:path'
import { Unavailable, type Peer } from '../peers/peer.ts'
import { NotComparable } from '../report.ts'
import type { LatencyOfPeer, PeerIdentity, Round, ThroughputOfPeer } from '../result.ts'
import { profilePeers } from '../profile/profile.ts'
import type { Bench, Options } from '../scenario.ts'
import { connections, type LoadGenerator } from './load.ts'
import { startPacer } from './pace.ts'
import type { Started } from './started.ts'
import { inTurn } from './turns.ts'
import { verify } from './verify.ts'
import { warmUp } from './warm-up.ts'

/** Of a whole run. */
export interface Settings {
  mode: Bench['mode']
  rounds: number
  secondsOfRound: number
  options: Options
  /** For profiles; `null`: none. */
  profileDir: string | null
  /** Every other round goes the other way round. Default: false. */
  isAlternating?: boolean
}

export interface Surroundings {
  /** Its id. */
  scenario: string
  generator: LoadGenerator
  /** Of the scenario, and of its group. */
  started: Started
  shared: Bench['shared']
  /** A peer that cannot be had. */
  onMissing: (peer: string, reason: string) => void
  /** A peer that has been started: what it writes is of interest where the scenario fails. */
  onStarted: (peer: Peer) => void
  say: (text: string) => void
}

/** At a constant rate, when the code is compiled: connections are opened outside of the rounds. */
const pacedWarmUpSeconds = 1

/** What one scenario measures with. */
export function createBench (settings: Settings, { scenario, generator, started, shared, onMissing, onStarted, say }: Surroundings): Bench {
  const start: Bench['start'] = async starting => {
    try {
      const peer = await starting()
      started.add(peer.close)
      onStarted(peer)
      return peer
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      say(`without ${error.peer}: ${error.message}`)
      onMissing(error.peer, error.message)
      return null
    }
  }
  const fullLoad = async (peer: Peer, seconds: number, atOnce = connections): Promise<Round> => {
    const { failures, ...round } = await generator.measure(peer, seconds, atOnce)
    if (failures > 0) throw new NotComparable(`${peer.name} failed to answer ${failures} requests`)
    return round
  }
  const warm = async (peer: Peer, atOnce?: number): Promise<void> => {
    const seconds = await warmUp(async seconds => await fullLoad(peer, seconds, atOnce))
    say(`warm after ${seconds} s  ${peer.name}`)
  }
  const saturate: Bench['saturate'] = async (given, options = {}) => {
    const { rounds = settings.rounds, secondsOfRound = settings.secondsOfRound, connections: atOnce = connections } = options
    const load = async (peer: Peer, seconds: number): Promise<Round> => await fullLoad(peer, seconds, atOnce)
    const measured = await checked(present(given), async peer => await warm(peer, atOnce), async peers => await inTurn(peers, rounds, async (peer, round) => {
      const sample = await load(peer, secondsOfRound)
      say(`round ${round}  ${peer.name.padEnd(24)} ${Math.round(sample.requestsPerSecond)} req/s`)
      return sample
    }, settings.isAlternating))
    if (settings.profileDir !== null) await profilePeers(present(given), path.join(settings.profileDir, scenario), async peer => await load(peer, secondsOfRound), say)
    return measured.map(([peer, rounds]): ThroughputOfPeer => ({ ...identity(peer), generator: generator.name, connections: atOnce, secondsOfRound, rounds }))
  }
  const pace: Bench['pace'] = async (given, perSecond, options = {}) => {
    const { rounds = settings.rounds, secondsOfRound = settings.secondsOfRound } = options
    const pacer = startPacer()
    try {
      const send = async (peer: Peer, seconds: number): ReturnType<typeof pacer.measure> => await pacer.measure(peer, perSecond, seconds, options.connections)
      const warmBoth = async (peer: Peer): Promise<void> => {
        await warm(peer)
        await send(peer, pacedWarmUpSeconds)
      }
      const measured = await checked(present(given), warmBoth, async peers => await inTurn(peers, rounds, async (peer, round) => {
        const latency = await send(peer, secondsOfRound)
        say(`round ${round}  ${peer.name.padEnd(24)} p50 ${latency.p50Ms.toFixed(2)} ms, p99 ${latency.p99Ms.toFixed(2)} ms at ${perSecond}/s`)
        return latency
      }))
      return measured.map(([peer, rounds]): LatencyOfPeer => ({ ...identity(peer), perSecond, rounds }))
    } finally {
      await pacer.close()
    }
  }
  return { ...settings, started, start, shared, saturate, pace, say }
}

/** Answers are right before and after, and no peer is cold. */
async function checked<Result> (peers: readonly Peer[], warm: (peer: Peer) => Promise<void>, measure: (peers: readonly Peer[]) => Promise<Result>): Promise<Result> {
  for (const peer of peers) {
    await verify(peer)
    await warm(peer)
  }
  const result = await measure(peers)
  for (const peer of peers) await verify(peer)
  return result
}

function present (peers: ReadonlyArray<Peer | null>): Peer[] {
  return peers.filter(peer => peer !== null)
}

function identity ({ name, version }: Peer): PeerIdentity {
  return { name, version }
}
