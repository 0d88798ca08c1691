import { readFileSync } from 'node:fs'
import { environmentDomain } from '#shared/host.ts'
import type { Platform } from '../../test/support/launch.ts'
import { descendants } from '../../test/support/processes.ts'
import { must, openGateway } from '../peers/imprun.ts'

export interface ResidentResult {
  gateways: number
  /** How many of them answered their second call from the isolate of the first. */
  resident: number
  /** Resident memory of all sandbox processes, before and with them. */
  beforeBytes: number
  withBytes: number
}

export interface TurnsResult {
  gateways: number
  /** The largest that the sandbox processes together were seen to hold. */
  peakBytes: number
  /** The edge workers' at the start and at the end. */
  edgeBeforeBytes: number
  edgeAfterBytes: number
}

/** So many admin requests and calls are under way at a time. */
const concurrency = 8

const source = `
let calls = 0
export default async function (ctx) {
  calls++
  return { calls, gateway: ctx.gateway.id }
}
`

/** Gateways of one function each, which no key guards. Resolves when traffic shows the last one. */
export async function deployGateways ({ admin, traffic }: Platform, from: number, to: number): Promise<void> {
  await inParallel(from, to, async index => {
    await openGateway(admin, idOf(index))
    must(await admin('PUT', `/api-gateways/${idOf(index)}/functions/visit`, { methods: ['GET'], path: '/visit', source }))
  })
  for (const index of [to - 1, to - concurrency]) while ((await traffic(hostOf(index), '/missing')).text.includes('host_unknown'));
}

/** Calls each gateway's function twice, all of them once before any of them again. */
export async function measureResident (platform: Platform, gateways: number): Promise<ResidentResult> {
  const beforeBytes = residentBytes(platform, '/sandbox/')
  let resident = 0
  await inParallel(0, gateways, async index => { await visit(platform, index) })
  await inParallel(0, gateways, async index => { if (await visit(platform, index) === 2) resident++ })
  return { gateways, resident, beforeBytes, withBytes: residentBytes(platform, '/sandbox/') }
}

/** Calls each gateway's function once, far more of them than can be kept. A call that fails ends it. */
export async function measureTurns (platform: Platform, gateways: number): Promise<TurnsResult> {
  const edgeBeforeBytes = residentBytes(platform, '/edge/')
  let peakBytes = 0
  const watching = setInterval(() => { peakBytes = Math.max(peakBytes, residentBytes(platform, '/sandbox/')) }, 50)
  try {
    await inParallel(0, gateways, async index => { await visit(platform, index) })
  } finally {
    clearInterval(watching)
  }
  return { gateways, peakBytes, edgeBeforeBytes, edgeAfterBytes: residentBytes(platform, '/edge/') }
}

/** @returns how often the isolate that answered was called */
async function visit ({ traffic }: Platform, index: number): Promise<number> {
  const answer = await traffic(hostOf(index), '/visit')
  const { calls, gateway } = answer.json as { calls: number, gateway: string }
  if (answer.status !== 200 || gateway !== idOf(index)) throw new Error(`Gateway ${idOf(index)} answered ${answer.status} ${answer.text}`)
  return calls
}

async function inParallel (from: number, to: number, step: (index: number) => Promise<void>): Promise<void> {
  let next = from
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < to) await step(next++)
  }))
}

/** `VmRSS` of proc_pid_status(5), of all processes of one kind below the platform. */
function residentBytes ({ pid }: Platform, kind: '/sandbox/' | '/edge/'): number {
  let bytes = 0
  for (const child of descendants(pid)) {
    if (!child.command.includes(kind) || child.command.includes('bwrap')) continue
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]
    bytes += Number(kilobytes ?? 0) * 1_024
  }
  return bytes
}

function idOf (index: number): string {
  return `dense${index}`
}

function hostOf (index: number): string {
  return environmentDomain(idOf(index), 'dev', 'localhost')
}
