import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { cpuMicros, cpuPerRequest } from './cpu.ts'
import type { Peer } from '../peers/peer.ts'
import type { Sample } from '../report.ts'
import { luaScript, parseWrk, type Load } from './wrk.ts'

/** Sends a peer's requests for a while and counts. */
export interface LoadGenerator {
  /** With its version. */
  name: string
  measure: (peer: Peer, seconds: number) => Promise<Sample>
}

/** Enough to keep both cores busy, few enough that queueing is not all that the latency shows. */
export const connections = 64

const run = promisify(execFile)
const require = createRequire(import.meta.url)

/** wrk where it is on the PATH: it takes less of the machine from what is measured. */
export async function findLoadGenerator (): Promise<LoadGenerator> {
  const version = await wrkVersion()
  const generator = version === null ? autocannonLoad() : { name: version, load: loadWithWrk }
  return {
    name: generator.name,
    measure: async (peer, seconds) => {
      const before = cpuMicros(peer.pid)
      const { requests, ...load } = await generator.load(peer, seconds)
      return { ...load, cpuMicros: cpuPerRequest(before, cpuMicros(peer.pid), requests) }
    }
  }
}

type LoadPeer = (peer: Peer, seconds: number) => Promise<Load>

/** `wrk -v` prints its version and exits with 1. */
async function wrkVersion (): Promise<string | null> {
  try {
    return firstWords((await run('wrk', ['-v'])).stdout)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    if (error instanceof Error && 'stdout' in error && String(error.stdout).startsWith('wrk')) return firstWords(String(error.stdout))
    throw error
  }
}

function firstWords (text: string): string {
  return text.split(' ').slice(0, 2).join(' ')
}

async function loadWithWrk (peer: Peer, seconds: number): Promise<Load> {
  const directory = await mkdtemp(path.join(tmpdir(), 'imprun-bench-wrk-'))
  try {
    const script = path.join(directory, 'requests.lua')
    await writeFile(script, luaScript(peer.headers))
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, peer.url]
    return parseWrk((await run('wrk', args, { timeout: (seconds + 20) * 1_000 })).stdout)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

interface AutocannonResult {
  requests: { average: number, total: number }
  latency: { p50: number, p99: number }
  non2xx: number
  errors: number
}

function autocannonLoad (): { name: string, load: LoadPeer } {
  const autocannon = require('autocannon') as (options: object) => Promise<AutocannonResult>
  const { version } = require('autocannon/package.json') as { version: string }
  return {
    name: `autocannon ${version}`,
    load: async (peer, seconds) => {
      const result = await autocannon({ url: peer.url, connections, duration: seconds, requests: peer.headers.map(headers => ({ headers })) })
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
