/**
 * What one function may take, as its owner may choose it within bounds that hold for everybody. Stored with each version, so that a
 * promotion carries it. Wall clock is `timeoutMs` of the function itself.
 */
export interface FunctionLimits {
  /** Processor time of one call, all its turns together. Waiting is free. */
  cpuMs: number
  /** Memory of the isolate, in 2^20 bytes. */
  memoryMb: number
  maxRequestBytes: number
  /** Of the body, also of one that streams. One that does not stream is held in memory, and has at most `maxBufferedBytes` besides. */
  maxResponseBytes: number
  /** Calls at a time in one data plane. */
  concurrentCalls: number
  /** Outbound requests of one call. */
  outboundRequests: number
  /** Log lines of one call; each counts with its text, its fields and `logLineBytes`. */
  logBytes: number
}

export interface LimitRange {
  default: number
  min: number
  max: number
  unit: 'ms' | 'MB' | 'bytes' | 'calls' | 'requests'
  description: string
}

/** Bodies that do not stream are held in memory, in the edge and in the sandbox, with those of other calls. */
export const maxBufferedBytes = 6 * 1024 * 1024
/** For the time, the level and the rest that a log line has beside its text. */
export const logLineBytes = 100

/**
 * In the order in which they are shown. Of memory: an isolate at its ceiling, the heaps that a sandbox keeps warm (256 MB) and the process
 * itself have to stay below what a sandbox may have resident (512 MB), or one function would end its neighbours'.
 */
export const functionLimitRanges: Readonly<Record<keyof FunctionLimits, LimitRange>> = {
  cpuMs: { default: 1_000, min: 100, max: 10_000, unit: 'ms', description: 'Processor time of one call. Waiting is free.' },
  memoryMb: { default: 64, min: 16, max: 128, unit: 'MB', description: 'Memory of the isolate, which all calls share.' },
  maxRequestBytes: { default: maxBufferedBytes, min: 0, max: maxBufferedBytes, unit: 'bytes', description: 'Body of a request.' },
  maxResponseBytes: {
    default: 50 * 1024 * 1024,
    min: 1_024,
    max: 1024 * 1024 * 1024,
    unit: 'bytes',
    description: `Body of a response. One that does not stream has at most ${maxBufferedBytes} bytes besides.`
  },
  concurrentCalls: { default: 1_000, min: 1, max: 2_000, unit: 'calls', description: 'Calls at a time in one data plane.' },
  outboundRequests: { default: 50, min: 0, max: 500, unit: 'requests', description: 'Outbound requests of one call.' },
  logBytes: { default: 64 * 1024, min: 1_024, max: 256 * 1024, unit: 'bytes', description: 'Log lines of one call.' }
}

export const functionLimitNames = Object.keys(functionLimitRanges) as Array<keyof FunctionLimits>

/**
 * The limits that hold where these were asked for: defaults for the rest, and nothing beyond its range, whoever has let it pass. Always in
 * the same order, since they are hashed.
 */
export function effectiveLimits (asked: Partial<FunctionLimits> = {}): FunctionLimits {
  return Object.fromEntries(functionLimitNames.map(name => {
    const range = functionLimitRanges[name]
    return [name, Math.min(range.max, Math.max(range.min, asked[name] ?? range.default))]
  })) as unknown as FunctionLimits
}
