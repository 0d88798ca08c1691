import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Unavailable, type Peer } from '../peers/peer.ts'
import { debianProgram } from '../peers/programs.ts'
import type { Sample } from '../report.ts'
import { cpuMicros, cpuPerRequest } from './cpu.ts'
import { evenly } from './verify.ts'
import { headersOfRound, luaScript, parseWrk, requestHeads, type Load } from './wrk.ts'

/** Sends a peer's requests for a while and counts. */
export interface LoadGenerator {
  /** With its version. */
  name: string
  measure: (peer: Peer, seconds: number, connections?: number) => Promise<Sample>
}

/** Enough to keep both cores busy, few enough that queueing is not all that the latency shows. */
export const connections = 64

type LoadPeer = (peer: Peer, seconds: number, connections: number) => Promise<Load>

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** wrk, the machine's own or Debian's: it takes less of the machine from what is measured. autocannon where there is none. @param say is told why */
export async function findLoadGenerator (say: (text: string) => void): Promise<LoadGenerator> {
  const { name, load } = await wrkLoad().catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error
    say(`autocannon in the place of wrk takes more of the machine from what is measured. wrk is ${error.message}`)
    return autocannonLoad()
  })
  return {
    name,
    measure: async (peer, seconds, atOnce = connections) => {
      const before = cpuMicros(peer)
      const { requests, ...counted } = await load(peer, seconds, atOnce)
      return { ...counted, cpuMicros: cpuPerRequest(before, cpuMicros(peer), requests) }
    }
  }
}

/** @throws {Unavailable} */
export async function wrkLoad (): Promise<{ name: string, load: LoadPeer }> {
  const { file, env, version } = await debianProgram('wrk', '/usr/bin/wrk', ['-v'])
  const sent = new WeakMap<Peer, number>()
  const load: LoadPeer = async (peer, seconds, atOnce) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'imprun-bench-wrk-'))
    const remove = (): void => rmSync(directory, { recursive: true, force: true })
    // Where the run is told to end meanwhile.
    process.once('exit', remove)
    try {
      const [script, heads, body] = ['requests.lua', 'heads', 'body'].map(name => path.join(directory, name)) as [string, string, string]
      const before = sent.get(peer) ?? 0
      await writeFile(heads, requestHeads(peer, headersOfRound(peer, before, seconds)))
      await writeFile(body, peer.body ?? '')
      await writeFile(script, luaScript(heads, body))
      const args = ['-t1', `-c${atOnce}`, `-d${seconds}s`, '--timeout', `${answerSeconds}s`, '--latency', '-s', script, peer.url]
      const counted = parseWrk((await run(file, args, { env, timeout: (seconds + 30) * 1_000 })).stdout)
      sent.set(peer, before + counted.requests)
      return counted
    } finally {
      process.off('exit', remove)
      remove()
    }
  }
  return { name: `wrk ${version}`, load }
}

/** An answer that takes longer is none: for machines that stand still for a while, more than the two seconds that wrk would wait. */
const answerSeconds = 20

/** It copies them for each of its connections. */
const maxRequestsOfAutocannon = 1_000

interface AutocannonResult {
  requests: { average: number, total: number }
  latency: { p50: number, p99: number }
  non2xx: number
  errors: number
}

export function autocannonLoad (): { name: string, load: LoadPeer } {
  const autocannon = require('autocannon') as (options: object) => Promise<AutocannonResult>
  const { version } = require('autocannon/package.json') as { version: string }
  return {
    name: `autocannon ${version}`,
    load: async (peer, seconds, atOnce) => {
      const { method = 'GET', body } = peer
      const requests = evenly(peer.headers, maxRequestsOfAutocannon).map(headers => ({ method, headers, ...(body !== undefined && { body }) }))
      const result = await autocannon({ url: peer.url, connections: atOnce, duration: seconds, requests })
      return {
        requests: result.requests.total,
        requestsPerSecond: result.requests.average,
        p50Ms: result.latency.p50,
        p99Ms: result.latency.p99,
        failures: result.non2xx + result.errors
      }
    }
  }
}
