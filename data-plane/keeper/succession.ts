import type { Generation } from './generation.ts'

export interface Succession {
  /** The first generation accepts requests; false: it has ended before. */
  ready: Promise<boolean>
  /** Resolves with the exit code of the first one where it cannot start. */
  failed: Promise<number>
  reload: () => Promise<ReloadOutcome>
  close: () => Promise<void>
}

export interface ReloadOutcome {
  /** The one that serves now. */
  generation: number
  /** `null`: it is the new one. Otherwise why it is still the old one. */
  failure: string | null
}

export interface SuccessionOptions {
  start: (number: number, begin: 'now' | 'waiting') => Generation
  /** The one that serves already. */
  adopted: Generation | undefined
  /** This generation accepts requests, and those before it are to end. */
  onServing: (generation: Generation) => void
  /** For what a replaced generation has in flight. */
  drainMs: number
  say: (message: string) => void
}

const firstBackoffMs = 100
const longestBackoffMs = 5_000
/** One that served for so long did not fail at its start. */
const soundAfterMs = 10_000
/** A start takes about a second; a busy machine may take ten times that. */
const startDeadlineMs = 60_000
/** At the end of the data plane as a whole. */
const closeDrainMs = 10_000
/** Beyond its own deadline a generation hangs. */
const graceMs = 5_000

/**
 * One generation serves at a time. The next one prepares itself beside it, gets the replica from it, serves, and only then the old one is told to
 * end: whatever fails on the way leaves the old one where it was.
 */
export function createSuccession ({ start, adopted, onServing, drainMs, say }: SuccessionOptions): Succession {
  const first = Promise.withResolvers<boolean>()
  const failed = Promise.withResolvers<number>()
  const leaving = new Set<Promise<void>>()
  let lastNumber = adopted === undefined ? 0 : adopted.number
  let failures = 0
  let current: Generation
  let next: Generation | null = null
  let reloading: Promise<ReloadOutcome> | null = null
  let restart: NodeJS.Timeout | undefined
  let isClosing = false

  const launch = (begin: 'now' | 'waiting'): Generation => observe(start(++lastNumber, begin))
  const observe = (generation: Generation): Generation => {
    const startedAt = performance.now()
    void generation.exited.then(reason => onExit(generation, reason, performance.now() - startedAt))
    return generation
  }
  const launchFirst = (): void => begin(launch('now'))
  const begin = (generation: Generation): void => {
    current = generation
    void serve(generation)
  }
  const serve = async (generation: Generation): Promise<void> => {
    if (!await generation.ready || isClosing) return
    onServing(generation)
    first.resolve(true)
  }
  const onExit = (generation: Generation, reason: number | string, livedMs: number): void => {
    if (isClosing || generation !== current) return
    if (generation.number === 1 && !generation.isReady()) {
      first.resolve(false)
      return failed.resolve(typeof reason === 'number' ? reason : 1)
    }
    failures = generation.isReady() && livedMs >= soundAfterMs ? 0 : failures + 1
    const waitMs = failures < 2 ? 0 : Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 2, 10))
    say(`the data plane's supervisor stopped (${reason}); another one takes over`)
    // One that is being prepared takes its place; it is told by whoever prepares it.
    if (next === null) restart = setTimeout(launchFirst, waitMs)
  }

  const replace = async (): Promise<ReloadOutcome> => {
    const old = current
    const generation = next = launch('waiting')
    const failure = await takeTurn(generation, old)
    next = null
    if (isClosing) return { generation: old.number, failure: 'the data plane is ending' }
    if (failure !== null) {
      generation.kill('SIGKILL')
      if (old.hasEnded()) launchFirst()
      else old.tell({ type: 'resume' })
      say(`generation ${generation.number} ${failure}; generation ${old.number} goes on`)
      return { generation: old.number, failure }
    }
    current = generation
    onServing(generation)
    leave(old, drainMs)
    say(`generation ${generation.number} serves; generation ${old.number} finishes what it has begun`)
    return { generation: generation.number, failure: null }
  }
  const leave = (generation: Generation, deadlineMs: number): void => {
    if (generation.hasEnded()) return
    generation.tell({ type: 'drain', deadlineMs })
    const killer = setTimeout(() => generation.kill('SIGKILL'), deadlineMs + graceMs)
    const wait = async (): Promise<void> => {
      await generation.exited
      clearTimeout(killer)
      leaving.delete(left)
    }
    const left = wait()
    leaving.add(left)
  }
  if (adopted === undefined) launchFirst()
  else begin(observe(adopted))
  return {
    ready: first.promise,
    failed: failed.promise,
    // Who asks while one is under way may mean a program that is newer still, so that one is not the answer.
    reload: async () => {
      const before = reloading
      const mine = reloading = (async () => {
        await before
        if (isClosing || !await first.promise) return { generation: current.number, failure: 'the data plane does not run' }
        return await replace()
      })()
      return await mine
    },
    close: async () => {
      isClosing = true
      first.resolve(false)
      clearTimeout(restart)
      next?.kill('SIGKILL')
      leave(current, closeDrainMs)
      await Promise.all(leaving)
    }
  }
}

/** `null`: it serves, and `old` has nothing to do with the replica any more. */
async function takeTurn (generation: Generation, old: Generation): Promise<string | null> {
  const { promise: late, resolve: onLate } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => onLate('late'), startDeadlineMs)
  const within = async (step: Promise<boolean>): Promise<string | null> => {
    const outcome = await Promise.race([step, late])
    if (outcome === 'late') return `was not ready after ${startDeadlineMs / 1_000} s`
    return outcome ? null : 'ended before it was ready'
  }
  try {
    const failure = await within(generation.prepared)
    if (failure !== null) return failure
    await Promise.race([old.released(), late])
    generation.tell({ type: 'go' })
    return await within(generation.ready)
  } finally {
    clearTimeout(timer)
  }
}
