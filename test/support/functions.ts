import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { build } from 'esbuild'
import { pino } from 'pino'
import type { Test } from 'tap'
import { effectiveLimits } from '#shared/function-limits.ts'
import { createFunctionRunner, type FunctionRunnerOptions, type SandboxedFunctionRunner } from '../../data-plane/functions/client.ts'
import { noKv, type FunctionCall, type FunctionLogLine, type FunctionResult, type RunnableFunction } from '../../data-plane/functions/runner.ts'
import { testBundles } from './bundles.ts'
import { superviseSandboxes, type SandboxSupervisor, type SuperviseOptions } from '../../data-plane/functions/supervise.ts'

export interface Functions {
  runner: SandboxedFunctionRunner
  supervisor: SandboxSupervisor
  /** What owners of functions were told, in order. */
  lines: FunctionLogLine[]
  /** What operators were told. */
  operatorLines: Array<Record<string, unknown>>
  /** The next line of an owner that fits, if none did so far. */
  line: (fits: (line: FunctionLogLine) => boolean) => Promise<FunctionLogLine>
  /** Calls a bundled function; see `makeFunction` and `makeCall`. */
  call: (fn: RunnableFunction, call?: Partial<FunctionCall>) => Promise<FunctionResult>
}

/** Real sandbox processes with a runner that is connected to them; ended with the test. */
export async function startFunctions (t: Pick<Test, 'teardown'>, { kv = noKv, onVariable, ...options }: Partial<SuperviseOptions> & Pick<FunctionRunnerOptions, 'kv' | 'onVariable'> = {}): Promise<Functions> {
  // Not `t.testdir`: a socket's path has at most 107 bytes.
  const runDir = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  t.teardown(() => rmSync(runDir, { recursive: true, force: true }))
  const operatorLines: Array<Record<string, unknown>> = []
  const logger = pino({ level: 'debug' }, { write: text => { operatorLines.push(JSON.parse(text) as Record<string, unknown>) } })
  const lines: FunctionLogLine[] = []
  const listeners = new Set<(line: FunctionLogLine) => void>()
  const runner = createFunctionRunner({
    sockets: [],
    logger,
    kv,
    ...(onVariable && { onVariable }),
    onWanted: slot => supervisor.want(slot),
    onLog: line => {
      lines.push(line)
      for (const listener of listeners) listener(line)
    }
  })
  const supervisor = await superviseSandboxes({
    count: 1,
    runDir,
    logger,
    bundles: await testBundles(),
    ...options,
    onPlacement: (placement, news) => {
      runner.place(placement, news)
      options.onPlacement?.(placement, news)
    }
  })
  t.teardown(async () => {
    await runner.close()
    await supervisor.close()
  })
  return {
    runner,
    supervisor,
    lines,
    operatorLines,
    line: async fits => {
      const seen = lines.find(fits)
      if (seen !== undefined) return seen
      return await new Promise(resolve => {
        const listener = (line: FunctionLogLine): void => {
          if (!fits(line)) return
          listeners.delete(listener)
          resolve(line)
        }
        listeners.add(listener)
      })
    },
    call: async (fn, call) => await runner.call(fn, makeCall(call))
  }
}

let keys = 0

/** A function made of a TypeScript module, bundled as the platform bundles it. */
export async function makeFunction (source: string, overrides: Partial<RunnableFunction> = {}): Promise<RunnableFunction> {
  const built = await build({
    stdin: { contents: source, sourcefile: 'index.ts', loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: '__imprunExports',
    platform: 'neutral',
    target: 'esnext',
    sourcemap: 'external',
    outfile: 'bundle.js',
    logLevel: 'silent'
  })
  const text = (ending: string): string => built.outputFiles.find(file => file.path.endsWith(ending))?.text ?? ''
  const functionName = overrides.functionName ?? 'hello'
  return {
    key: `shop-dev/${functionName}@${++keys}/0`,
    gatewayId: 'shop',
    gatewayName: 'Shop',
    environment: 'dev',
    functionName,
    versionId: `v${keys}`,
    timeoutMs: 5_000,
    limits: effectiveLimits(),
    variables: {},
    code: () => ({ bundle: text('.js'), sourceMap: text('.map') }),
    ...overrides
  }
}

export function makeCall (overrides: Partial<FunctionCall> = {}): FunctionCall {
  return {
    requestId: 'req-1',
    method: 'GET',
    url: 'https://shop.api.example.com/hello',
    path: '/hello',
    query: '',
    params: {},
    headers: { host: 'shop.api.example.com' },
    body: null,
    client: null,
    ...overrides
  }
}

/** The body of a result as text. */
export function bodyText (result: FunctionResult): string {
  if (result.body instanceof Readable) throw new Error('The body streams: see `readStream`')
  return result.body === null ? '' : result.body.toString()
}

/** The body of a result that streams. @throws what it fails with */
export async function readStream (result: FunctionResult): Promise<string> {
  return Buffer.concat(await Readable.prototype.toArray.call(streamOf(result)) as Buffer[]).toString()
}

/** The chunks of a body that streams, as they arrive. Leaving it ends the call. */
export function chunksOf (result: FunctionResult): { next: () => Promise<string | undefined>, leave: () => void } {
  const stream = streamOf(result)
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>
  return {
    next: async () => {
      const { done, value } = await chunks.next()
      return done === true ? undefined : value.toString()
    },
    leave: () => { stream.destroy() }
  }
}

export function streamOf (result: FunctionResult): Readable {
  if (!(result.body instanceof Readable)) throw new Error('The body does not stream')
  return result.body
}

/** The parsed JSON body of a result. */
export function bodyJson (result: FunctionResult): unknown {
  return JSON.parse(bodyText(result))
}
