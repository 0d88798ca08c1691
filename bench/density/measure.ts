import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Platform } from '../../test/support/launch.ts'
import { descendants } from '../../test/support/processes.ts'
import { isLetIn, noPath } from '../events/ask.ts'
import { NotComparable } from '../report.ts'
import { callerOf, clientsPerGateway, functionPath } from '../scale/population.ts'

/** Of each gateway: how often the isolate that answers was called. */
export const source = `
let calls = 0
export default function (ctx) {
  calls++
  return { calls, gateway: ctx.gateway.id }
}
`

/** All of `/proc` is read at each look. */
const lookMs = 250
/** So many calls are under way at a time. */
const concurrency = 8

export interface Resident {
  gateways: number
  /** How many of them answered their second call from the isolate of the first. */
  resident: number
  /** Resident memory of all sandbox processes, before and with them. */
  beforeBytes: number
  withBytes: number
}

/** Calls each gateway's function twice, all of them once before any of them again. */
export async function measureResident (platform: Platform, gateways: number): Promise<Resident> {
  const beforeBytes = residentBytes(platform, '/sandbox/')
  let resident = 0
  await inParallel(gateways, async number => { await visit(platform, number) })
  await inParallel(gateways, async number => { if (await visit(platform, number) === 2) resident++ })
  return { gateways, resident, beforeBytes, withBytes: residentBytes(platform, '/sandbox/') }
}

export interface Turns {
  /** The largest that the sandbox processes together were seen to hold. */
  peakBytes: number
  /** The edge workers' at the start and at the end. */
  edgeBeforeBytes: number
  edgeAfterBytes: number
}

/** Calls each gateway's function once, far more of them than can be kept. @throws {NotComparable} for a call that fails */
export async function measureTurns (platform: Platform, gateways: number): Promise<Turns> {
  const edgeBeforeBytes = residentBytes(platform, '/edge/')
  let peakBytes = 0
  const watching = setInterval(() => { peakBytes = Math.max(peakBytes, residentBytes(platform, '/sandbox/')) }, lookMs)
  try {
    await inParallel(gateways, async number => { await visit(platform, number) })
  } finally {
    clearInterval(watching)
  }
  return { peakBytes, edgeBeforeBytes, edgeAfterBytes: residentBytes(platform, '/edge/') }
}

/** Resolves when traffic knows the gateway of this number. */
export async function untilServed ({ traffic }: Platform, number: number): Promise<void> {
  const { host, key } = callerOf(number * clientsPerGateway)
  while (!isLetIn(await traffic(host, noPath, { key }))) await delay(lookMs)
}

/** @returns how often the isolate that answered was called */
async function visit ({ traffic }: Platform, number: number): Promise<number> {
  const { host, key, gatewayId } = callerOf(number * clientsPerGateway)
  const answer = await traffic(host, functionPath, { key })
  const { calls, gateway } = answer.status === 200 ? answer.json as { calls: number, gateway: string } : { calls: 0, gateway: null }
  if (gateway !== gatewayId) throw new NotComparable(`${gatewayId} answered ${answer.status} ${answer.text.slice(0, 300)}`)
  return calls
}

async function inParallel (count: number, step: (number: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < count) await step(next++)
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
