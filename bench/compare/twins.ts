import { createBench, type Settings } from '../engine/bench.ts'
import type { LoadGenerator } from '../engine/load.ts'
import { measuring, type Program } from '../engine/program.ts'
import { sharing } from '../engine/run-scenarios.ts'
import { createStarted, type Started } from '../engine/started.ts'
import type { Peer } from '../peers/peer.ts'
import { NotComparable } from '../report.ts'
import type { Round, ThroughputOfPeer } from '../result.ts'
import type { Bench, RoundOptions, Scenario } from '../scenario.ts'
import { createMeeting } from './meeting.ts'

/** A peer of the working tree, and the same one of the other commit, round by round. */
export interface Twins {
  name: string
  working: readonly Round[]
  other: readonly Round[]
}

export interface Surroundings {
  generator: LoadGenerator
  started: Started
  say: (text: string) => void
}

interface Brought {
  peers: readonly Peer[]
  options: RoundOptions | undefined
}

const sides = [0, 1] as const

/**
 * Goes through a scenario twice at the same time, with platforms of the working tree and with those of another commit. Where both have come to a
 * measurement, their platforms are measured together, in pairs: A B, B A, …. Whatever else the scenario measures is left out.
 * @throws {NotComparable} also where the two do not measure the same
 */
export async function measureTwins (scenario: Scenario, settings: Settings, other: string, surroundings: Surroundings): Promise<Twins[]> {
  const measured: Twins[] = []
  const programs: [Program, Program] = [{ root: null, pids: new Set() }, { root: other, pids: new Set() }]
  const started = createStarted()
  surroundings.started.add(started.close)
  const common = benchFor(scenario, { ...settings, isAlternating: true }, started, surroundings)
  const meeting = createMeeting<Brought, ThroughputOfPeer[]>(async (working, another) => {
    const results = await common.saturate(interleave(working.peers, another.peers), working.options)
    const own = results.filter((_, index) => index % 2 === 0)
    const others = results.filter((_, index) => index % 2 === 1)
    measured.push(...working.peers.map(({ name }, index) => ({ name, working: own[index]!.rounds, other: others[index]!.rounds })))
    return [own, others].map(each => each.map((result, index) => ({ ...result, name: working.peers[index]!.name }))) as [ThroughputOfPeer[], ThroughputOfPeer[]]
  })
  const goThrough = async (side: 0 | 1): Promise<void> => {
    const program = programs[side]
    const bench: Bench = {
      ...benchFor(scenario, settings, started, surroundings),
      saturate: async (given, options) => await meeting.arrive(side, { peers: given.filter(peer => peer !== null && program.pids.has(peer.pid)) as Peer[], options }),
      pace: async () => { throw new NotComparable('nothing but full load is compared') }
    }
    await measuring(program, async () => await scenario.run(bench)).finally(meeting.leave)
  }
  try {
    const outcomes = await Promise.allSettled(sides.map(goThrough))
    const failed = outcomes.filter(outcome => outcome.status === 'rejected').map(({ reason }) => reason as unknown)
    // The other one only says that it was left alone.
    if (failed.length > 0) throw failed.find(reason => !(reason instanceof NotComparable)) ?? failed[0]
    if (measured.length === 0) throw new NotComparable('it puts no platform under full load')
  } finally {
    await started.close()
  }
  return measured
}

function benchFor ({ id }: Scenario, settings: Settings, started: Started, { generator, say }: Surroundings): Bench {
  return createBench(settings, { scenario: id, generator, started, shared: sharing(started), onMissing: () => undefined, onStarted: () => undefined, say })
}

function interleave (working: readonly Peer[], other: readonly Peer[]): Peer[] {
  if (working.length !== other.length || working.some(({ name }, index) => other[index]?.name !== name)) throw new NotComparable('the two measure different things')
  return working.flatMap((peer, index) => [{ ...peer, name: `${peer.name}, working tree` }, { ...other[index]!, name: `${peer.name}, other` }])
}
