import { createHash, randomBytes, randomUUID } from 'node:crypto'
import ivm from 'isolated-vm'
import { buildWebRuntime } from '../../data-plane/functions/runtime/build.ts'
import { GroupLoader } from '../../data-plane/functions/runtime/load.ts'

interface Owner {
  teardown: (close: () => void) => void
}

export interface WebIsolate {
  isolate: ivm.Isolate
  context: ivm.Context
  /**
   * Runs the body of an async function inside and gives a copy of what it returns.
   * @throws what it throws, as isolated-vm carries it over
   */
  run: <T = unknown>(body: string) => Promise<T>
  /** What was logged so far, oldest first. */
  logs: Array<{ level: string, text: string }>
  /** The groups that were loaded so far, in order. */
  loaded: string[]
  /** Evaluates a script; for what must be seen in one turn. Only what can be copied comes back. */
  evaluate: (script: string) => unknown
  /** Timers that the isolate has asked for and that have neither run out nor been cleared. */
  pendingTimers: () => number
}

const runtime = await buildWebRuntime()
const loader = new GroupLoader(runtime)

/** A real isolate with the web-standard globals in it, over a plain host. In it, `harness` is what `install` gives back. */
export function createWebIsolate (t: Owner): WebIsolate {
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  const context = isolate.createContextSync()
  const logs: WebIsolate['logs'] = []
  const loaded: string[] = []
  const timers = new Map<number, NodeJS.Timeout>()
  const host = {
    loadGroup: (name: string) => {
      loaded.push(name)
      return loader.load(isolate, context, name)
    },
    randomBytes: (byteLength: number) => new Uint8Array(randomBytes(byteLength)).buffer,
    randomUUID: () => randomUUID(),
    digest: (algorithm: string, data: ArrayBuffer) =>
      new Uint8Array(createHash(algorithm.replace('-', '')).update(new Uint8Array(data)).digest()).buffer,
    setTimer: (id: number, delayMs: number) => {
      timers.set(id, setTimeout(() => {
        timers.delete(id)
        for (let again = true; again;) again = fireTimer.applySync(undefined, [id])
      }, delayMs))
    },
    clearTimer: (id: number) => {
      clearTimeout(timers.get(id))
      timers.delete(id)
    },
    log: (level: string, text: string) => { logs.push({ level, text }) },
    owner: () => 0,
    setOwner: () => {},
    fetch: () => undefined
  }
  const names = Object.keys(host)
  const handle = context.evalClosureSync(
    `return globalThis.harness = (${runtime.install})({${names.map((name, index) => `${name}: $${index}`).join()}})`,
    Object.values(host).map(implementation => new ivm.Callback(implementation)),
    { result: { reference: true } }
  )
  const fireTimer = handle.getSync('fireTimer', { reference: true }) as ivm.Reference<(id: number) => boolean>

  t.teardown(() => {
    for (const timer of timers.values()) clearTimeout(timer)
    isolate.dispose()
  })

  return {
    isolate,
    context,
    run: async <T>(body: string) => {
      // As the sandbox does it, every turn runs on this thread: an answer awaited from isolated-vm's own threads was seen to get lost.
      const alive = setInterval(() => {}, 60_000)
      try {
        await new Promise<void>(resolve => {
          context.evalClosureSync(`
            const settled = outcome => { globalThis.outcome = outcome; $0() }
            ;(async () => { ${body} })().then(value => settled({ value }), error => settled({ error }))
          `, [new ivm.Callback(() => { resolve() })])
        })
        return context.evalSync('if ("error" in outcome) throw outcome.error; outcome.value', { copy: true }) as T
      } finally {
        clearInterval(alive)
      }
    },
    evaluate: script => context.evalSync(script, { copy: true }),
    logs,
    loaded,
    pendingTimers: () => timers.size
  }
}
