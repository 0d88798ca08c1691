import { readFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { setInterval as ticks } from 'node:timers/promises'
import type { Test } from 'tap'
import { effectiveLimits } from '#shared/function-limits.ts'
import type { FunctionResult, RunnableFunction } from '../../data-plane/functions/runner.ts'
import { startEgress, startTarget, type Target } from '../support/egress.ts'
import { bodyText, makeFunction, startFunctions, type Functions } from '../support/functions.ts'
import { sandboxesOf } from '../support/processes.ts'
import type { Attack } from './attacks.ts'

/** What one attack came to. */
export interface Outcome {
  name: string
  /** `answered`, or the code of the problem. */
  got: string
  body: string
  headers: Array<[string, string]>
  /** What its owner was told. */
  lines: string[]
  ms: number
  neighbour: { calls: number, errors: string[], p99Ms: number, maxMs: number }
  /** Of the largest sandbox. */
  peakBytes: number
}

const intervalMs = 10
const pageBytes = 4096
const enoughBytes = 4_000_000
let attackers = 0

export interface Battlefield {
  functions: Functions
  neighbour: RunnableFunction
  upstream: Target
}

/** Sandboxes that may call an upstream, which does its worst. */
export async function prepare (t: Pick<Test, 'teardown'>): Promise<Battlefield> {
  const upstream = await startTarget(t, misbehave)
  const egress = await startEgress(t)
  const functions = await startFunctions(t, { egressSocket: egress.socketPath })
  const neighbour = await makeFunction('export default () => "fine"', { gatewayId: 'shop', functionName: 'neighbour', timeoutMs: 30_000 })
  return { functions, neighbour, upstream }
}

const misbehave: RequestListener = (request, response) => {
  if (request.url === '/endless') pipeline(Readable.from(endless()), response, () => {})
  else if (request.url === '/sink') request.resume()
  else if (request.url !== '/silent') response.end('small')
}

function * endless (): Generator<Buffer> {
  const chunk = Buffer.alloc(65_536, 'x')
  for (;;) yield chunk
}

/** Lets the attack loose on a sandbox that answers another tenant's steady load, until both are over. */
export async function attack ({ functions, neighbour, upstream }: Battlefield, { name, source, limits, timeoutMs = 8_000 }: Attack): Promise<Outcome> {
  const variables = { UPSTREAM: upstream.origin, PORT: String(upstream.port) }
  const attacker = await makeFunction(`export default function (ctx) { ${source} }`, {
    gatewayId: 'evil', gatewayName: 'Evil', functionName: `attack-${++attackers}`, timeoutMs, limits: effectiveLimits(limits), variables
  })
  const load = startLoad(functions, neighbour)
  await load.isSteady
  const began = performance.now()
  const result = await functions.call(attacker).then(read).catch((error: { code?: string, message: string }) => ({ got: error.code ?? error.message, body: '', headers: [] }))
  const ms = performance.now() - began
  const measured = await load.end()
  const lines = functions.lines.filter(({ functionName }) => functionName === attacker.functionName).map(({ message }) => message)
  return { name, ...result, ms, lines, ...measured }
}

/** As a client does that has enough at some point. @throws what the body fails with */
async function read (result: FunctionResult): Promise<Pick<Outcome, 'got' | 'body' | 'headers'>> {
  const { headers, body } = result
  if (!(body instanceof Readable)) return { got: 'answered', body: bodyText(result), headers }
  let bytes = 0
  for await (const chunk of body) {
    bytes += (chunk as Buffer).length
    if (bytes > enoughBytes) return { got: 'streamed', body: '', headers }
  }
  return { got: 'answered', body: '', headers }
}

interface Load {
  /** Some calls have been answered. */
  isSteady: Promise<void>
  end: () => Promise<Pick<Outcome, 'neighbour' | 'peakBytes'>>
}

/** A call every few milliseconds, whether or not those before it have been answered. */
function startLoad (functions: Functions, neighbour: RunnableFunction): Load {
  const { promise: isSteady, resolve } = Promise.withResolvers<void>()
  const stop = new AbortController()
  const durations: number[] = []
  const errors: string[] = []
  const calls: Array<Promise<void>> = []
  let peakBytes = 0

  const look = (): void => {
    peakBytes = Math.max(peakBytes, ...sandboxesOf(process.pid).map(({ pid }) => residentBytes(pid)))
  }
  const callOnce = async (): Promise<void> => {
    const began = performance.now()
    try {
      if (bodyText(await functions.call(neighbour)) !== 'fine') errors.push('answered something else')
    } catch (error) {
      errors.push((error as { code?: string }).code ?? String(error))
    }
    durations.push(performance.now() - began)
    if (durations.length === 3) resolve()
  }
  const run = async (): Promise<void> => {
    try {
      for await (const _tick of ticks(intervalMs, undefined, { signal: stop.signal })) {
        calls.push(callOnce())
        if (calls.length % 5 === 1) look()
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error
    }
  }
  const running = run()
  return {
    isSteady,
    end: async () => {
      stop.abort()
      await running
      await Promise.all(calls)
      durations.sort((a, b) => a - b)
      const p99Ms = durations[Math.floor((durations.length - 1) * 0.99)] ?? 0
      return { neighbour: { calls: calls.length, errors, p99Ms, maxMs: durations.at(-1) ?? 0 }, peakBytes }
    }
  }
}

function residentBytes (pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes
  } catch (error) {
    // It has just been killed.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0
    throw error
  }
}

export function describeOutcome ({ name, got, ms, neighbour, peakBytes }: Outcome): string {
  const { calls, errors, p99Ms, maxMs } = neighbour
  return `${name.padEnd(52)} ${got.padEnd(26)} ${ms.toFixed(0).padStart(6)} ms | neighbour: ${calls} calls, ${errors.length} errors, p99 ${p99Ms.toFixed(0)} ms, max ${maxMs.toFixed(0)} ms | ${(peakBytes / 1024 / 1024).toFixed(0)} MB`
}
