import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { formatColdStart, formatComparison, formatDensity, formatPropagation, formatRevocation, formatRollback } from './format.ts'
import { connections, findLoadGenerator } from './engine/load.ts'
import * as imprun from './peers/imprun.ts'
import * as nodeHttp from './peers/node-http.ts'
import type { Peer } from './peers/peer.ts'
import type { Platform } from '../test/support/launch.ts'
import * as workerd from './peers/workerd.ts'
import { compare, type Sample, type Target } from './report.ts'
import { machine, positive, run, say, type Started } from './running.ts'
import { measureColdStart } from './scenarios/cold-start.ts'
import { deployGateways, measureResident, measureTurns } from './scenarios/density.ts'
import { measurePropagation } from './scenarios/propagation.ts'
import { measureRevocation } from './scenarios/revocation.ts'
import { measureRollback } from './scenarios/rollback.ts'
import { verify } from './engine/verify.ts'

const targets: Target[] = [{ peer: 'node:http', atLeast: 0.35 }, { peer: 'workerd', atLeast: 1.5 }]
const warmUpSeconds = 2
const propagationWrites = 100
const coldFunctions = 100
const revocations = 99
const rollbacks = 100
/** What `full` adds: the memory of many tenants. */
const residentGateways = 1_000
const turnGateways = 10_000
/** Room for all of them in one sandbox. */
const residentMemoryMb = 4_096
const turnMemoryMb = 512

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    environments: { type: 'string', default: '10' },
    clients: { type: 'string', default: '100' },
    json: { type: 'string', default: path.join(import.meta.dirname, 'results', 'latest.json') }
  }
})
if (positionals.some(name => name !== 'full')) throw new TypeError(`There is "full" and nothing else, not "${positionals.join(' ')}"`)
const isFull = positionals.length > 0
const rounds = positive('rounds', values.rounds)
const seconds = positive('seconds', values.seconds)
const environments = positive('environments', values.environments)
const clients = positive('clients', values.clients)

const kept: Array<Pick<Peer, 'name' | 'output'>> = []
await run(main, () => {
  for (const { name, output } of kept) if (output !== undefined) process.stderr.write(`${name} has written:\n${output()}\n`)
})

async function main (started: Started): Promise<void> {
  const load = await findLoadGenerator()
  const { cpu, cores, node } = machine()
  say(`${cpu}, ${cores} cores, Node ${node}; ${load.name}, ${connections} connections; ${rounds} rounds of ${seconds} s in turn; ${environments} environments of ${clients} clients\n`)

  const platform = await keep(started, imprun.start({ environments, clients }))
  const subject = platform.alone
  const peers = [await keep(started, nodeHttp.start()), subject, platform, await keep(started, workerd.start())]
  const samples = new Map<Peer, Sample[]>(peers.map(peer => [peer, []]))
  for (const peer of peers) {
    await verify(peer)
    await load.measure(peer, warmUpSeconds)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const peer of peers) {
      const sample = await load.measure(peer, seconds)
      samples.get(peer)!.push(sample)
      say(`round ${round}  ${peer.name.padEnd(10)} ${Math.round(sample.requestsPerSecond)} req/s`)
    }
  }
  for (const peer of peers) await verify(peer)
  const propagation = await measurePropagation(platform, propagationWrites)
  const comparison = compare(subject.name, peers.map(peer => ({ name: peer.name, version: peer.version, samples: samples.get(peer)! })), targets)
  const revocation = await measureRevocation(platform, load, revocations)
  const rollback = await measureRollback(platform.platform, rollbacks)
  const coldStart = await measureColdStart(platform.platform, coldFunctions)
  say(`\n${formatComparison(comparison)}\n\n${formatPropagation(propagation)}\n\n${formatRevocation(revocation)}\n\n${formatRollback(rollback)}\n\n${formatColdStart(coldStart)}`)
  const density = isFull ? await measureDensity(started) : null

  const result = { at: new Date().toISOString(), machine: machine(), load: load.name, connections, rounds, seconds, environments, clients, ...comparison, propagation, revocation, rollback, coldStart, density }
  await mkdir(path.dirname(values.json), { recursive: true })
  await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
}

/** With platforms of its own, when the others have ended: memory is all that is looked at. */
async function measureDensity (started: Started): Promise<object> {
  await started.close()
  const launched = async (memoryMb: number): Promise<Platform> => {
    const { platform, close } = await imprun.launch({ IMPRUN_SANDBOXES: '1', IMPRUN_SANDBOX_MEMORY_MB: String(memoryMb) })
    started.add(close)
    kept.push({ name: 'imprun', output: platform.output })
    return platform
  }
  const roomy = await launched(residentMemoryMb)
  await deployGateways(roomy, 0, residentGateways)
  const resident = await measureResident(roomy, residentGateways)
  await started.close()
  const plain = await launched(turnMemoryMb)
  await deployGateways(plain, 0, turnGateways)
  const turns = await measureTurns(plain, turnGateways)
  // The one that is used, and the one that stands by.
  say(`\n${formatDensity(resident, turns, 2 * turnMemoryMb * 2 ** 20)}`)
  return { resident, turns }
}

/** Remembers what has to be closed at the end, however the run ends. */
async function keep<Kept extends Peer> (started: Started, starting: Promise<Kept>): Promise<Kept> {
  const peer = await starting
  started.add(peer.close)
  kept.push(peer)
  return peer
}
