import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { formatComparison, table } from '../format.ts'
import { connections, findLoadGenerator, type LoadGenerator } from '../load.ts'
import type { Peer } from '../peers/peer.ts'
import { compare, NotComparable, spread, type Sample, type Target } from '../report.ts'
import { verify } from '../verify.ts'
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

const closing: Array<() => Promise<void>> = []
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void closeAll().finally(() => process.exit(1)))
try {
  await main()
} catch (error) {
  if (!(error instanceof NotComparable)) throw error
  process.stderr.write(`No comparison: ${error.message}.\n`)
  process.exitCode = 1
} finally {
  await closeAll()
}

async function main (): Promise<void> {
  const load = await findLoadGenerator()
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version }
  say(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; ${load.name}, ${connections} connections; ${rounds} rounds of ${seconds} s in turn; one process or thread of each; ${clients} clients\n`)
  const { origin, close } = await startBackend()
  closing.push(close)
  const platform = await imprun.start(origin, clients)
  closing.push(platform.close)
  const peers = [await kept(nginx.start(origin)), await kept(haproxy.start(origin)), await kept(startUndiciProxy(origin)), await kept(startFastifyHttpProxy(origin)), platform.whole]
  const samples = await measureInTurn(load, peers)
  const comparison = compare(platform.whole.name, peers.map(peer => ({ name: peer.name, version: peer.version, samples: samples.get(peer)! })), targets)
  say(`\n${formatComparison(comparison)}\n`)

  const bare = await platform.withPlugins('bare', 'none', { none: {} })
  const policies: Peer[] = []
  for (const { name, plugins, headers } of measuredPolicies) policies.push(await platform.withPlugins(`policy${policies.length}`, name, { none: {}, ...plugins }, headers))
  const costs = costsOf(await measureInTurn(load, [bare, ...policies]), bare)
  say(`\nWhat each policy adds, in microseconds of processor time for each request (median of paired rounds):\n\n${table([['policy', '', 'µs/request', 'min to max'], ...costs.map(({ name, micros }) => [name, '', micros.median.toFixed(1), `${micros.min.toFixed(1)} to ${micros.max.toFixed(1)}`])])}`)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ at: new Date().toISOString(), machine, load: load.name, connections, rounds, seconds, clients, ...comparison, costs }, null, 2)}\n`)
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

/** Against the same round without any. */
function costsOf (samples: ReadonlyMap<Peer, Sample[]>, bare: Peer): Array<{ name: string, micros: ReturnType<typeof spread> }> {
  const total = ({ cpuMicros }: Sample): number => Object.values(cpuMicros ?? {}).reduce((sum, micros) => sum + micros, 0)
  const without = samples.get(bare)!
  return [...samples].filter(([peer]) => peer !== bare).map(([{ name }, own]) => ({ name, micros: spread(own.map((sample, round) => total(sample) - total(without[round]!))) }))
}

async function kept (starting: Promise<Peer>): Promise<Peer> {
  const peer = await starting
  closing.push(peer.close)
  return peer
}

async function closeAll (): Promise<void> {
  const results = await Promise.allSettled(closing.splice(0).toReversed().map(async close => await close()))
  for (const result of results) {
    if (result.status === 'fulfilled') continue
    process.stderr.write(`A peer could not be closed: ${result.reason}\n`)
    process.exitCode = 1
  }
}

function positive (name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number from 1, not "${text}"`)
  return value
}

function say (text: string): void {
  process.stdout.write(`${text}\n`)
}
