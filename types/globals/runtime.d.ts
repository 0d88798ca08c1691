/** Returns a number. An isolate without calls sleeps: its timers go on with its next call. */
declare function setTimeout<Arguments extends unknown[]> (callback: (...args: Arguments) => void, delayMs?: number, ...args: Arguments): number
declare function setTimeout (callback: (nothing: void) => void, delayMs?: number): number
declare function setInterval<Arguments extends unknown[]> (callback: (...args: Arguments) => void, delayMs?: number, ...args: Arguments): number
declare function setInterval (callback: (nothing: void) => void, delayMs?: number): number
declare function clearTimeout (id: number | undefined): void
declare function clearInterval (id: number | undefined): void
declare function queueMicrotask (callback: () => void): void
declare function structuredClone<Value> (value: Value, options?: { transfer?: ArrayBuffer[] }): Value

interface Performance {
  readonly timeOrigin: number
  /** Whole milliseconds, never backwards. */
  now: () => number
  toJSON: () => unknown
}

declare var performance: Performance

interface Crypto {
  readonly subtle: SubtleCrypto
  /** At most 65,536 bytes. */
  getRandomValues: <Values extends ArrayBufferView | null> (values: Values) => Values
  randomUUID: () => `${string}-${string}-${string}-${string}-${string}`
}

declare var Crypto: { prototype: Crypto }
declare var crypto: Crypto

type DigestName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'

interface SubtleCrypto {
  digest: (algorithm: DigestName | { name: DigestName }, data: BufferSource) => Promise<ArrayBuffer>
}

declare var SubtleCrypto: { prototype: SubtleCrypto }

/** Writes to the function's log. */
interface Console {
  assert: (condition?: unknown, ...data: unknown[]) => void
  count: (label?: string) => void
  countReset: (label?: string) => void
  debug: (...data: unknown[]) => void
  dir: (value?: unknown, options?: object) => void
  dirxml: (...data: unknown[]) => void
  error: (...data: unknown[]) => void
  group: (...data: unknown[]) => void
  groupCollapsed: (...data: unknown[]) => void
  groupEnd: () => void
  info: (...data: unknown[]) => void
  log: (...data: unknown[]) => void
  table: (data?: unknown, columns?: string[]) => void
  time: (label?: string) => void
  timeEnd: (label?: string) => void
  timeLog: (label?: string, ...data: unknown[]) => void
  trace: (...data: unknown[]) => void
  warn: (...data: unknown[]) => void
}

declare var console: Console
