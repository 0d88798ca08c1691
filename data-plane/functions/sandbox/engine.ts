import { createHash, randomBytes, randomUUID } from 'node:crypto'
import ivm from 'isolated-vm'
import type { FunctionLimits } from '#shared/function-limits.ts'
import { groupNames } from '../runtime/groups.ts'
import { GroupLoader } from '../runtime/load.ts'
import type { SandboxScripts } from '../scripts.ts'
import type { Identity } from './inside/context.ts'

/** Why an isolate can be used no more. */
export type Stop = 'timeout' | 'memory' | 'broken'

/** One isolate with the harness in it. Whatever runs tenant code answers with why it was the last time, or `null`. */
export interface Engine {
  start: (bundle: string, timeoutMs: number) => Stop | null
  enter: (index: string, data: string, timeoutMs: number) => Stop | null
  wake: (timeoutMs: number) => Stop | null
  receive: (number: number, body: Buffer) => Stop | null
  /** The text that the harness gives; `null` where it gives none any more. */
  take: (again: boolean) => string | null
  /** What the harness has called a parcel. */
  bodyOf: (name: number) => ArrayBuffer | null
  heapBytes: () => number
  /** Processor time that was spent in it so far. */
  cpuMs: () => number
  dispose: () => void
}

export type CreateEngine = (identity: Identity, limits: FunctionLimits) => Engine

/**
 * Makes isolates. V8's code cache of our own scripts is made by the first and used by the rest of this process; tenant code never has one.
 * @param onCatastrophe V8 has lost control of an isolate: end the process, now
 */
export function createEngines (scripts: SandboxScripts, onCatastrophe: (message: string) => void): CreateEngine {
  const groups = new GroupLoader(scripts.web)
  const compileHarness = cachedCompiler('imprun:harness', scripts.harness)
  const compileInstall = cachedCompiler('imprun:install', scripts.web.install)

  return (identity, limits) => {
    const isolate = new ivm.Isolate({ memoryLimit: limits.memoryMb, onCatastrophicError: onCatastrophe })
    const context = isolate.createContextSync()
    const bootstrap = compileHarness(isolate).runSync(context, { reference: true })
    const install = compileInstall(isolate).runSync(context, { reference: true })
    const harness = bootstrap.applySync(undefined, [
      new ivm.Callback((name: unknown) => isGroup(name) ? groups.load(isolate, context, name) : undefined),
      new ivm.Callback(randomBuffer),
      new ivm.Callback(() => randomUUID()),
      new ivm.Callback(digest),
      install.derefInto({ release: true }),
      JSON.stringify(identity),
      JSON.stringify(limits)
    ], { result: { reference: true } }) as ivm.Reference<Record<string, unknown>>
    return wrap(isolate, context, name => harness.getSync(name, { reference: true }) as ivm.Reference)
  }
}

function wrap (isolate: ivm.Isolate, context: ivm.Context, entry: (name: string) => ivm.Reference): Engine {
  const [start, enter, wake, receive, take, bodyOf] = ['start', 'enter', 'wake', 'receive', 'take', 'bodyOf'].map(entry) as
    [ivm.Reference, ivm.Reference, ivm.Reference, ivm.Reference, ivm.Reference, ivm.Reference]
  const cross = (run: () => void): Stop | null => {
    try {
      run()
      return null
    } catch (error) {
      return reasonOf(error, isolate)
    }
  }
  return {
    start: (bundle, timeout) => cross(() => start.applySync(undefined, [bundle], { timeout })),
    enter: (index, data, timeout) => cross(() => enter.applySync(undefined, [index, data], { timeout })),
    wake: timeout => cross(() => wake.applySync(undefined, [], { timeout })),
    receive: (number, body) => cross(() => {
      receive.applySync(undefined, [number, new ivm.ExternalCopy(exactBuffer(body)).copyInto({ release: true, transferIn: true })])
    }),
    take: again => {
      try {
        const text: unknown = take.applySync(undefined, [again])
        return typeof text === 'string' ? text : null
      } catch {
        // The exception that ended the last crossing, or the end of the isolate: the caller asks again, or gives up.
        return null
      }
    },
    bodyOf: name => {
      let body: unknown
      cross(() => { body = bodyOf.applySync(undefined, [name], { result: { copy: true } }) })
      return body instanceof ArrayBuffer ? body : null
    },
    heapBytes: () => {
      if (isolate.isDisposed) return 0
      const { total_physical_size: heap, externally_allocated_size: external, malloced_memory: native } = isolate.getHeapStatisticsSync()
      return heap + external + native
    },
    cpuMs: () => isolate.isDisposed ? 0 : Number(isolate.cpuTime) / 1e6,
    dispose: () => {
      context.release()
      if (!isolate.isDisposed) isolate.dispose()
    }
  }
}

/** Every crossing that ran tenant code ends with an exception of the harness's own, which is `undefined`. */
function reasonOf (error: unknown, isolate: ivm.Isolate): Stop | null {
  if (error === undefined) return null
  if (isolate.isDisposed) return 'memory'
  return error instanceof Error && error.message === 'Script execution timed out.' ? 'timeout' : 'broken'
}

function cachedCompiler (filename: string, code: string): (isolate: ivm.Isolate) => ivm.Script {
  let cachedData: ivm.ExternalCopy<ArrayBuffer> | undefined
  return isolate => {
    if (cachedData !== undefined) return isolate.compileScriptSync(code, { filename, cachedData })
    const script = isolate.compileScriptSync(code, { filename, produceCachedData: true }) as ivm.Script & ivm.CachedDataResult
    cachedData = script.cachedData
    return script
  }
}

// Tenant code can call these with anything; what they throw would show our own stack.
function isGroup (name: unknown): boolean {
  return groupNames.some(known => known === name)
}

function randomBuffer (byteLength: unknown): ArrayBuffer | undefined {
  if (typeof byteLength !== 'number' || !(byteLength >= 0 && byteLength <= 65_536)) return undefined
  return exactBuffer(randomBytes(Math.floor(byteLength)))
}

function digest (algorithm: unknown, data: unknown): ArrayBuffer | undefined {
  const name = digests.get(algorithm)
  if (name === undefined || !(data instanceof ArrayBuffer)) return undefined
  return exactBuffer(createHash(name).update(new Uint8Array(data)).digest())
}

const digests = new Map<unknown, string>([['SHA-1', 'sha1'], ['SHA-256', 'sha256'], ['SHA-384', 'sha384'], ['SHA-512', 'sha512']])

function exactBuffer (bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

/** false, or an exception: the native part does not work in this process. */
export function canMakeIsolates (): boolean {
  const isolate = new ivm.Isolate({ memoryLimit: 8 })
  isolate.dispose()
  return isolate.isDisposed
}
