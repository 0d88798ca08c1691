import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { table } from '../engine/text.ts'
import { formatComparison } from '../format.ts'
import { connections, findLoadGenerator, type LoadGenerator } from '../engine/load.ts'
import type { Peer } from '../peers/peer.ts'
import { compare, NotComparable, spread, type Sample, type Spread, type Target } from '../report.ts'
import { machine } from '../engine/machine.ts'
import type { Started } from '../engine/started.ts'
import { positive, run, say } from '../running.ts'
import { verify } from '../engine/verify.ts'
import { startBackend } from './backend.ts'
import { keyCount } from './keys.ts'
import { startFastifyHttpProxy, startUndiciProxy } from './peers/forked.ts'
import * as haproxy from './peers/haproxy.ts'
import * as imprun from './peers/imprun.ts'
import * as nginx from './peers/nginx.ts'
import { measuredPolicies } from './policies.ts'

const targets: Target[] = [
  { peer: '@fastify/http-proxy', atLeast: 1.3, of: 'cpuMicros' },
  { peer: 'node:http + undici', atLeast: 0.9, of: 'cpuMicros' },
  { peer: '@fastify/http-proxy', atLeast: 1.3 },
  { peer: 'node:http + undici', atLeast: 0.9 }
]
const warmUpSeconds = 3

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' }, clients: { type: 'string', default: String(keyCount) }, json: { type: 'string' } } })
const rounds = positive('rounds', values.rounds)
const seconds = positive('seconds', values.seconds)
const clients = positive('clients', values.clients)

await run(main)

async function main (started: Started): Promise<void> {
  const load = await findLoadGenerator(say)
  const { cpu, cores, node } = machine()
  say(`${cpu}, ${cores} cores, Node ${node}; ${load.name}, ${connections} connections; ${rounds} rounds of ${seconds} s in turn; one process or thread of each; ${clients} clients\n`)
  const { origin, close } = await startBackend()
  started.add(close)
  const platform = await imprun.start(origin, clients)
  started.add(platform.close)
  const peers: Peer[] = []
  for (const start of [nginx.start, haproxy.start, startUndiciProxy, startFastifyHttpProxy]) {
    const peer = await start(origin)
    started.add(peer.close)
    peers.push(peer)
  }
  peers.push(platform.whole)
  const samples = await measureInTurn(load, peers)
  const comparison = compare(platform.whole.name, peers.map(peer => ({ name: peer.name, version: peer.version, samples: samples.get(peer)! })), targets)
  say(`\n${formatComparison(comparison)}\n`)

  const bare = await platform.withPlugins('bare', 'none', { none: {} })
  const traceless = await imprun.startBare(origin, { IMPRUN_TRACE_MB: '0' })
  started.add(traceless.close)
  const untraced = await traceless.withPlugins('bare', 'none, no traces', { none: {} })
  const policies: Peer[] = []
  for (const { name, plugins, headers } of measuredPolicies) policies.push(await platform.withPlugins(`policy${policies.length}`, name, { none: {}, ...plugins }, headers))
  const measured = await measureInTurn(load, [untraced, bare, ...policies])
  const costs = [cost('what explain has to tell', measured.get(bare)!, measured.get(untraced)!), ...policies.map(policy => cost(policy.name, measured.get(policy)!, measured.get(bare)!))]
  say(`\nWhat each policy adds, in microseconds of processor time for each request (median of paired rounds):\n\n${table([['policy', '', 'µs/request', 'min to max'], ...costs.map(({ name, micros }) => [name, '', micros.median.toFixed(1), `${micros.min.toFixed(1)} to ${micros.max.toFixed(1)}`])])}`)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), load: load.name, connections, rounds, seconds, clients, ...comparison, costs }, null, 2)}\n`)
}

/** Each round meets every peer, so that whatever else the machine does meets all of them. Their answers are checked before and after. */
async function measureInTurn (load: LoadGenerator, peers: readonly Peer[]): Promise<Map<Peer, Sample[]>> {
  const samples = new Map<Peer, Sample[]>(peers.map(peer => [peer, []]))
  for (const peer of peers) {
    await verify(peer)
    await load.measure(peer, warmUpSeconds)
  }
  for (let round = 1; round <= rounds; round++) {
    for (const peer of peers) {
      const sample = await load.measure(peer, seconds)
      if (sample.failures > 0) throw new NotComparable(`${peer.name} failed to answer ${sample.failures} requests`)
      samples.get(peer)!.push(sample)
      say(`round ${round}  ${peer.name.padEnd(24)} ${Math.round(sample.requestsPerSecond)} req/s`)
    }
  }
  for (const peer of peers) await verify(peer)
  return samples
}

/** Of each round, against the same round without it. */
function cost (name: string, own: readonly Sample[], without: readonly Sample[]): { name: string, micros: Spread } {
  const total = ({ cpuMicros }: Sample): number => Object.values(cpuMicros ?? {}).reduce((sum, micros) => sum + micros, 0)
  return { name, micros: spread(own.map((sample, round) => total(sample) - total(without[round]!))) }
}
