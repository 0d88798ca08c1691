import { functionLimitRanges, type FunctionLimits } from '#shared/function-limits.ts'

/** What a hostile function does, and what its caller gets. The body of a function of `ctx`, which is not `async` by itself. */
export interface Attack {
  name: string
  source: string
  /** The code of the problem, `answered` or `streamed`. Several where chance decides which limit is met first. */
  outcomes: string[]
  /** What it answers, as JSON, where it is answered. */
  answer?: unknown
  timeoutMs?: number
  limits?: Partial<FunctionLimits>
}

const timeout = ['function_timeout']
const failed = ['function_failed']
const memory = ['function_memory_exceeded', 'function_timeout', 'sandbox_lost']
const invalid = ['function_result_invalid']
const tooLarge = ['function_response_too_large']
const answered = ['answered']
/** Its head and a part of its body came, until the client had enough. */
const streamed = ['streamed']

const highest = Object.fromEntries(Object.entries(functionLimitRanges).map(([name, { max }]) => [name, max]))

/** Processor time: what does not come to an end. */
export const timeAttacks: Attack[] = [
  { name: 'endless loop', source: 'for (;;);', outcomes: timeout },
  { name: 'endless chain of microtasks', source: 'const next = () => Promise.resolve().then(next); return next()', outcomes: timeout },
  { name: 'regular expression blow-up', source: 'return /^(a+)+$/.test("a".repeat(60) + "!")', outcomes: timeout },
  { name: 'Atomics.wait', source: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', outcomes: failed },
  { name: 'BigInt of 20 million digits as text', source: 'return BigInt("9".repeat(20e6)).toString().length', outcomes: timeout },
  { name: 'sparse lastIndexOf', source: 'const a = []; a[4294967290] = 1; return a.lastIndexOf(2, 4294967289)', outcomes: [...timeout, ...answered] },
  { name: 'loop after an await', source: 'return new Promise(done => setTimeout(done, 5)).then(() => { for (;;); })', outcomes: timeout },
  { name: 'a promise that never settles', source: 'return new Promise(() => {})', outcomes: timeout, timeoutMs: 500 },
  {
    name: 'work in many turns',
    source: 'return new Promise(() => { const work = () => { const end = Date.now() + 40; while (Date.now() < end); setTimeout(work, 0) }; work() })',
    outcomes: timeout
  },
  { name: 'Error.prepareStackTrace that loops', source: 'Error.prepareStackTrace = () => { for (;;); }; throw new Error("x")', outcomes: [...timeout, ...failed] },
  { name: 'Error.captureStackTrace that loops', source: 'Error.prepareStackTrace = () => { for (;;); }; const o = {}; Error.captureStackTrace(o); return o.stack', outcomes: timeout },
  { name: 'a thrown getter of message that loops', source: 'throw { get message () { for (;;); } }', outcomes: [...timeout, ...failed] },
  { name: 'a thrown getter of stack that loops', source: 'const e = new Error("x"); Object.defineProperty(e, "stack", { get () { for (;;); } }); throw e', outcomes: [...timeout, ...failed] },
  { name: 'a rejection with a getter that loops', source: 'Promise.reject({ get message () { for (;;); }, get stack () { for (;;); } }); return "fine"', outcomes: answered, answer: 'fine' },
  { name: 'a thrown proxy that loops', source: 'throw new Proxy({}, { get () { for (;;); }, getPrototypeOf () { for (;;); }, has () { for (;;); } })', outcomes: [...timeout, ...failed] },
  { name: 'a result whose getter loops', source: 'return { get a () { for (;;); } }', outcomes: timeout },
  { name: 'a result that is a proxy that loops', source: 'return new Proxy({}, { ownKeys () { for (;;); }, get () { for (;;); } })', outcomes: timeout },
  { name: 'a thenable that loops', source: 'return { then () { for (;;); } }', outcomes: timeout },
  { name: 'a loop in the module', source: '} for (;;); {', outcomes: timeout }
]

/** Memory: of the isolate, beside the isolate, and of the process around it. */
export const memoryAttacks: Attack[] = [
  { name: 'arrays for ever', source: 'const all = []; for (;;) all.push(new Array(1000))', outcomes: memory },
  { name: 'objects of 8 MB', source: 'const all = []; for (;;) all.push(new Array(1e6).fill({ a: 1 }))', outcomes: memory },
  { name: 'arrays of 8 MB of numbers', source: 'const all = []; for (;;) all.push(new Array(1e6).fill(0.5))', outcomes: memory },
  { name: 'objects of 8 MB, with all the memory and time that can be asked for', source: 'const all = []; for (;;) all.push(new Array(1e6).fill({ a: 1 }))', outcomes: memory, limits: highest },
  { name: 'texts in many turns, with all the memory and time that can be asked for', source: 'const all = []; const more = () => { for (let i = 0; i < 100; i++) all.push("x".repeat(1e5) + all.length); return new Promise(r => setTimeout(r)).then(more) }; return more()', outcomes: memory, limits: highest },
  { name: 'objects that each hold 8 MB', source: 'const all = []; for (;;) { const a = []; for (let i = 0; i < 1e6; i++) a[i] = i + 0.5; all.push({ a }) }', outcomes: memory },
  { name: 'texts for ever', source: 'const all = []; for (;;) all.push("x".repeat(1e5) + all.length)', outcomes: memory },
  { name: 'a text that doubles', source: 'let text = "x"; for (;;) text = (text + text).slice(1)', outcomes: [...memory, ...failed] },
  { name: 'buffers for ever', source: 'const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1))', outcomes: [...memory, ...failed] },
  { name: 'resizable buffers', source: 'const all = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 5e8 }); b.resize(5e8); new Uint8Array(b).fill(1); all.push(b) }', outcomes: [...memory, ...failed] },
  { name: 'WebAssembly memory', source: 'return new WebAssembly.Memory({ initial: 30000 })', outcomes: failed },
  { name: 'SharedArrayBuffer', source: 'return new SharedArrayBuffer(1e9)', outcomes: failed },
  { name: 'a flood of log lines', source: 'for (let i = 0; i < 2e5; i++) ctx.log.info("x".repeat(1000)); return "fine"', outcomes: [...answered, ...timeout] },
  { name: 'a flood of console lines', source: 'for (;;) console.log("x".repeat(1000))', outcomes: timeout },
  { name: 'a result of 200 MB', source: 'return "x".repeat(200e6)', outcomes: [...tooLarge, ...memory] },
  { name: 'a cyclic result', source: 'const a = {}; a.a = a; return a', outcomes: invalid },
  { name: 'a result without end', source: 'const deep = { get next () { return Object.create(deep, Object.getOwnPropertyDescriptors(deep)) } }; return deep', outcomes: [...invalid, ...memory] },
  { name: 'a million timers', source: 'for (let i = 0; i < 1e6; i++) setTimeout(() => {}, i); return "fine"', outcomes: [...answered, ...memory] },
  { name: 'a million intervals', source: 'return new Promise(() => { for (let i = 0; i < 1e6; i++) setInterval(() => {}, 1) })', outcomes: memory },
  { name: 'a hundred thousand unhandled rejections', source: 'for (let i = 0; i < 1e5; i++) Promise.reject(new Error("x")); return "fine"', outcomes: [...answered, ...memory] },
  { name: 'endless recursion', source: 'const f = () => [f()]; return f()', outcomes: failed },
  { name: 'a million random buffers', source: 'const all = []; for (;;) all.push(crypto.getRandomValues(new Uint8Array(65536)))', outcomes: [...memory, ...failed] }
]

const outside = '{ process: typeof process, require: typeof require, ivm: typeof ivm, module: typeof module, fetchInternals: typeof internalBinding }'
const nothing = { process: 'undefined', require: 'undefined', ivm: 'undefined', module: 'undefined', fetchInternals: 'undefined' }

/** Ways out of the isolate, and ways into the answer. */
export const escapeAttacks: Attack[] = [
  { name: 'Function', source: `return Function('return (${outside})')()`, outcomes: answered, answer: nothing },
  { name: 'eval', source: `return (0, eval)('(${outside})')`, outcomes: answered, answer: nothing },
  { name: 'the constructor of the constructor of ctx', source: `return ctx.constructor.constructor('return (${outside})')()`, outcomes: answered, answer: nothing },
  { name: 'the constructor of a host function', source: `return crypto.randomUUID.constructor('return (${outside})')()`, outcomes: answered, answer: nothing },
  { name: 'import of a module', source: "return Function('return import(`node:fs`)')()", outcomes: failed },
  {
    name: 'isolated-vm objects in reach',
    source: `const found = new Set(), seen = new Set()
      const look = (value, depth) => {
        if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value) || depth > 6) return
        seen.add(value)
        for (const name of ['applySync', 'applySyncPromise', 'derefInto', 'copyInto', 'createContextSync', 'compileScriptSync']) {
          try { if (name in value) found.add(name) } catch {}
        }
        try { look(Object.getPrototypeOf(value), depth + 1) } catch {}
        for (const key of Reflect.ownKeys(value)) try { look(value[key], depth + 1) } catch {}
      }
      look(globalThis, 0); look(ctx, 0)
      return [...found]`,
    outcomes: answered,
    answer: []
  },
  {
    name: 'every global replaced',
    source: `const seen = new Set()
      const spoil = (value, depth) => {
        if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value) || depth > 4) return
        seen.add(value)
        for (const key of Reflect.ownKeys(value)) {
          let inner
          try { inner = value[key] } catch {}
          spoil(inner, depth + 1)
          try { Object.defineProperty(value, key, { get () { throw new Error('spoiled') }, configurable: true }) } catch {}
        }
      }
      spoil(globalThis, 0)
      return 1`,
    outcomes: [...answered, ...failed, ...invalid]
  },
  {
    name: 'every prototype replaced by a loop',
    source: `const loop = () => { for (;;); }
      for (const it of [Object, Array, String, Promise, Map, Set, JSON, Function, RegExp, Uint8Array, ArrayBuffer, Response, Headers]) {
        for (const holder of [it, it.prototype]) if (holder) for (const key of Reflect.ownKeys(holder)) try { holder[key] = loop } catch {}
      }
      return { a: 1 }`,
    outcomes: [...answered, ...timeout, ...failed, ...invalid]
  },
  { name: 'toJSON, Symbol.toPrimitive and valueOf that throw', source: 'return { toJSON () { throw { toString () { throw 1 } } } }', outcomes: invalid },
  { name: 'thrown null', source: 'throw null', outcomes: failed },
  { name: 'a header with a line break', source: 'return { status: 200, headers: { "x-a": "b\\r\\nset-cookie: c=d" }, body: "x" }', outcomes: [...invalid, ...answered] },
  { name: 'a Response header with a line break', source: 'return new Response("x", { headers: { "x-a": "b\\r\\nset-cookie: c=d" } })', outcomes: failed },
  { name: 'hop-by-hop headers', source: 'return new Response("x", { headers: { "transfer-encoding": "chunked", connection: "close", "content-length": "9999" } })', outcomes: answered },
  { name: 'a status that is none', source: 'return { get status () { return "200 OK\\r\\nx: y" }, headers: {}, body: "x" }', outcomes: [...invalid, ...answered] }
]

/** Answers that stream, and what is asked of others meanwhile. `ctx.env.UPSTREAM` is a server that is hostile, too: see `battle.ts`. */
export const streamAttacks: Attack[] = [
  { name: 'a stream without end', source: 'return (async function * () { for (;;) yield "x".repeat(65536) })()', outcomes: streamed },
  { name: 'a stream that minds no back-pressure', source: 'return new Response(new ReadableStream({ start (c) { for (;;) c.enqueue(new Uint8Array(1e6)) } }))', outcomes: [...memory, ...failed] },
  {
    name: 'a stream that minds no back-pressure once it is read',
    source: 'return new Response(new ReadableStream({ pull (c) { for (;;) c.enqueue(new Uint8Array(1e6)) } }))',
    outcomes: [...memory, ...failed]
  },
  { name: 'a loop in the middle of a stream', source: 'return (async function * () { yield "first"; await null; for (;;); })()', outcomes: timeout },
  { name: 'an error in the middle of a stream', source: 'return (async function * () { yield "first"; await new Promise(r => setTimeout(r, 5)); throw { get message () { for (;;); } } })()', outcomes: [...failed, ...timeout] },
  { name: 'chunks that are no bytes', source: 'return new Response(new ReadableStream({ pull (c) { c.enqueue({ get byteLength () { for (;;); } }); c.close() } }))', outcomes: [...failed, ...timeout, ...answered] },
  { name: 'a million empty chunks', source: 'return (async function * () { for (let i = 0; i < 1e6; i++) yield "" })()', outcomes: [...timeout, ...answered, ...streamed] },
  { name: 'a chunk of 200 MB', source: 'return (async function * () { yield "x".repeat(200e6) })()', outcomes: [...memory, ...failed, ...streamed, ...invalid] },
  {
    name: 'a cancel that loops',
    source: 'return new Response(new ReadableStream({ pull (c) { c.enqueue(new Uint8Array(65536)) }, cancel () { for (;;); } }))',
    outcomes: streamed
  },
  { name: 'requests without end', source: 'return (async () => { for (;;) await fetch(ctx.env.UPSTREAM + "/small").then(r => r.text()).catch(() => {}) })()', outcomes: timeout },
  { name: 'a hundred thousand requests at once', source: 'return Promise.allSettled(Array.from({ length: 1e5 }, () => fetch(ctx.env.UPSTREAM + "/small"))).then(all => all.filter(({ status }) => status === "fulfilled").length <= 50)', outcomes: [...answered, ...timeout, ...memory], answer: 'true' },
  { name: 'requests that nobody waits for', source: 'for (let i = 0; i < 1e4; i++) fetch(ctx.env.UPSTREAM + "/endless").catch(() => {}); return "fine"', outcomes: [...answered, ...memory], answer: 'fine' },
  { name: 'an upstream without end', source: 'return fetch(ctx.env.UPSTREAM + "/endless").then(r => r.text()).then(text => text.length)', outcomes: [...memory, ...failed, ...timeout] },
  { name: 'an upstream without end, passed on', source: 'return fetch(ctx.env.UPSTREAM + "/endless")', outcomes: streamed },
  { name: 'an upstream that never answers', source: 'return fetch(ctx.env.UPSTREAM + "/silent")', outcomes: timeout, timeoutMs: 1_000 },
  { name: 'a body without end for an upstream', source: 'return fetch(ctx.env.UPSTREAM + "/sink", { method: "POST", duplex: "half", body: new ReadableStream({ pull (c) { c.enqueue(new Uint8Array(65536)) } }) }).then(r => r.text())', outcomes: [...timeout, ...failed] },
  { name: 'the machine itself', source: 'return Promise.all(["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0", "2130706433", "169.254.169.254"].map(host => fetch("http://" + host + ":" + ctx.env.PORT).then(() => "reached", e => e.name))).then(all => [...new Set(all)])', outcomes: answered, answer: ['TypeError'] }
]

export const attacks: Attack[] = [...timeAttacks, ...memoryAttacks, ...escapeAttacks, ...streamAttacks]
