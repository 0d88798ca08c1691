import { randomBytes } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { Agent, type Dispatcher } from 'undici'
import { adminClient } from '../../test/support/http.ts'
import { measurePropagation, type WriteSample } from '../events/propagation.ts'
import { askRight, type Question } from './ask.ts'
import { fillStore } from './fill.ts'
import { memoryOf, type ProcessMemory } from './memory.ts'
import { atConstantRate, flatOut } from './pace.ts'
import { startControlPlane, startDataPlane, workerCount, type Installation, type Plane } from './planes.ts'
import { callerOf, clientsPerGateway, strangers, written, type Caller } from './population.ts'
import { openRelay } from './relay.ts'
import { firstRightAnswer, startAlone } from './start.ts'

export interface ScaleResult {
  gateways: number
  clients: number
  /** From nothing; `null`: the store was there. */
  fillMs: number | null
  storeBytes: number
  /** From the start of its process until it listens. */
  controlPlaneStartMs: number
  /** A data plane that holds nothing: from the start of its process to the first right answer, and what the feed has sent it until then. */
  firstSync: { ms: number, feedBytes: number, replicaBytes: number }
  writes: WriteSample[]
  /** From the replica, with nobody else there: from the start of the process to the first right answer of each start. */
  firstAnswerMs: number[]
  /** Processor time of all of its processes until then. */
  firstAnswerCpuMs: number[]
  /** After the first answer, and at the end, when the caches hold what they can. */
  memory: { atStart: ProcessMemory[], atEnd: ProcessMemory[] }
  hot: Pace
  cold: Pace
  /** So many clients asked after each other for the memory at the end. */
  sweptClients: number
}

/** Of all but the function, and of all. */
export type Pace = Record<Question, {
  /** At a constant rate, of each request. */
  latenciesMs: number[]
  ratePerSecond: number
  /** As many a second as are answered. */
  flatOutPerSecond: number
}>

const hotClients = 100
/** A second, and how many of them. No more than environments of the smaller size, or the second half would not be cold. */
const steady = { hot: { perSecond: 300, count: 3_000 }, edge: { perSecond: 250, count: 2_500 }, function: { perSecond: 30, count: 450 } }
const flatOutCount = { hot: 10_000, edge: 2_500, function: 450 }
const maxSwept = 100_000

/** @param dataDir a folder of its own; what was filled into it before is used again */
export async function measureScale (dataDir: string, gateways: number, writes: number, say: (line: string) => void): Promise<ScaleResult> {
  const installation = { dataDir, adminToken: randomBytes(24).toString('hex') }
  const fillMs = await fill(installation, gateways)
  say(`${gateways} gateways: store filled${fillMs === null ? ' before' : ` in ${Math.round(fillMs)} ms`}`)
  const connected = await measureConnected(installation, gateways, writes, say)
  const alone = await measureAlone(installation, gateways, say)
  return { gateways, clients: gateways * clientsPerGateway, fillMs, storeBytes: bytesOf(storeFile(installation)), ...connected, ...alone }
}

async function fill (installation: Installation, gateways: number): Promise<number | null> {
  const file = storeFile(installation)
  if (existsSync(file)) return null
  const begunAt = performance.now()
  await mkdir(path.dirname(file), { recursive: true })
  await fillStore(file, gateways)
  return performance.now() - begunAt
}

type Connected = Pick<ScaleResult, 'controlPlaneStartMs' | 'firstSync' | 'writes'>

/** With a control plane: what comes by the feed. */
async function measureConnected (installation: Installation, gateways: number, writes: number, say: (line: string) => void): Promise<Connected> {
  const begunAt = performance.now()
  const controlPlane = await startControlPlane(installation)
  const controlPlaneStartMs = performance.now() - begunAt
  say(`control plane listens after ${Math.round(controlPlaneStartMs)} ms`)
  const relay = await openRelay(controlPlane.url)
  const dispatcher = new Agent()
  const syncBegunAt = performance.now()
  const dataPlane = await startDataPlane(installation, relay.url)
  try {
    await firstRightAnswer(dataPlane, callerOf(gateways * clientsPerGateway - 1), 600_000)
    const ms = performance.now() - syncBegunAt
    const firstSync = { ms, feedBytes: relay.bytes(), replicaBytes: bytesOf(replicaFile(installation)) + bytesOf(`${replicaFile(installation)}-wal`) }
    say(`first sync in ${Math.round(ms)} ms, ${Math.round(firstSync.feedBytes / 1e6)} MB of feed`)
    const admin = adminClient(controlPlane.url, installation.adminToken, dispatcher)
    return { controlPlaneStartMs, firstSync, writes: await measurePropagation(admin, dataPlane.url, workerCount, written(gateways, 1), writes) }
  } finally {
    await dispatcher.destroy()
    await dataPlane.stop()
    await relay.close()
    await controlPlane.stop()
  }
}

type Alone = Pick<ScaleResult, 'firstAnswerMs' | 'firstAnswerCpuMs' | 'memory' | 'hot' | 'cold' | 'sweptClients'>

/** Without one. Each kind of cold request meets a data plane that has just been started. */
async function measureAlone (installation: Installation, gateways: number, say: (line: string) => void): Promise<Alone> {
  const firstAnswerMs: number[] = []
  const firstAnswerCpuMs: number[] = []
  let seed = 1
  const afresh = async <Result>(what: string, work: (plane: Plane, callers: Iterator<Caller, never>) => Promise<Result>): Promise<Result> => {
    const callers = strangers(gateways, ++seed)
    const { plane, firstAnswerMs: ms, cpuMs } = await startAlone(installation, callers.next().value)
    firstAnswerMs.push(ms)
    firstAnswerCpuMs.push(cpuMs)
    say(`first answer from the replica after ${Math.round(ms)} ms, processor time ${Math.round(cpuMs)} ms; ${what}`)
    try {
      return await work(plane, callers)
    } finally {
      await plane.stop()
    }
  }
  const cold = async (question: Question): Promise<Pace[Question]> => ({
    latenciesMs: await afresh(`cold, ${question}, steadily`, async ({ url }, callers) =>
      await atConstantRate(asking(url, () => callers.next().value, question), steady[question].count, steady[question].perSecond)),
    ratePerSecond: steady[question].perSecond,
    flatOutPerSecond: await afresh(`cold, ${question}, flat out`, async ({ url }, callers) =>
      await flatOut(asking(url, () => callers.next().value, question), flatOutCount[question]))
  })
  const coldPace = { edge: await cold('edge'), function: await cold('function') }
  const sweptClients = Math.min(maxSwept, gateways * clientsPerGateway)
  return await afresh('hot, then the caches are filled', async ({ url, pid }, callers) => {
    const atStart = memoryOf(pid)
    const regulars = Array.from({ length: hotClients }, () => callers.next().value)
    let turn = 0
    const hot = async (question: Question): Promise<Pace[Question]> => {
      const ask = asking(url, () => regulars[turn++ % hotClients]!, question)
      await flatOut(ask, 20 * hotClients)
      const latenciesMs = await atConstantRate(ask, steady.hot.count, steady.hot.perSecond)
      return { latenciesMs, ratePerSecond: steady.hot.perSecond, flatOutPerSecond: await flatOut(ask, flatOutCount.hot) }
    }
    const hotPace = { edge: await hot('edge'), function: await hot('function') }
    await flatOut(asking(url, () => callers.next().value, 'edge'), sweptClients)
    return { hot: hotPace, cold: coldPace, sweptClients, memory: { atStart, atEnd: memoryOf(pid) }, firstAnswerMs, firstAnswerCpuMs }
  })
}

function asking (url: string, next: () => Caller, question: Question): (dispatcher: Dispatcher) => Promise<void> {
  return async dispatcher => await askRight(url, next(), question, dispatcher)
}

function storeFile ({ dataDir }: Installation): string {
  return path.join(dataDir, 'control', 'store.sqlite')
}

function replicaFile ({ dataDir }: Installation): string {
  return path.join(dataDir, 'data', 'replica.sqlite')
}

function bytesOf (file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
