/**
 * What the web-standard globals of function isolates cost: bytes of each group, milliseconds and heap of its first touch in a fresh
 * isolate, microseconds of the commonest calls. Run by `node bench/web-globals.ts`. Minima, for a shared machine only ever adds.
 */
import ivm from 'isolated-vm'
import { buildWebRuntime } from '../data-plane/functions/runtime/build.ts'
import { groupNames, groups } from '../data-plane/functions/runtime/groups.ts'
import { GroupLoader } from '../data-plane/functions/runtime/load.ts'

const isolateRounds = 30
const callRounds = 8
const callsPerRound = 5_000

const began = performance.now()
const runtime = await buildWebRuntime()
const buildMs = performance.now() - began
const loader = new GroupLoader(runtime)
let install: ivm.ExternalCopy<ArrayBuffer> | undefined

interface Bare { isolate: ivm.Isolate, context: ivm.Context, installMs: number }

function createIsolate (): Bare {
  const isolate = new ivm.Isolate({ memoryLimit: 64 })
  const context = isolate.createContextSync()
  const callbacks = [(name: unknown) => loader.load(isolate, context, name), () => new ArrayBuffer(16), () => 'uuid'].map(callback => new ivm.Callback(callback))
  const start = performance.now()
  const script: ivm.Script & ivm.CachedDataResult = isolate.compileScriptSync(runtime.install, install === undefined ? { produceCachedData: true } : { cachedData: install })
  install ??= script.cachedData
  const factory = script.runSync(context, { reference: true })
  context.evalClosureSync(`globalThis.harness = $0({
    loadGroup: $1, randomBytes: $2, randomUUID: $3, digest () {}, log () {}, setTimer () {}, clearTimer () {}, owner: () => 0, setOwner () {}, fetch () {}
  })`, [factory.derefInto(), ...callbacks])
  return { isolate, context, installMs: performance.now() - start }
}

function heapKb (isolate: ivm.Isolate): number {
  const { used_heap_size: used, externally_allocated_size: external } = isolate.getHeapStatisticsSync()
  return (used + external) / 1024
}

const internal: Partial<Record<string, [before: string, touch: string]>> = {
  idna: ['new URL("https://example.com")', 'new URL("https://ü.example")'],
  'legacy-encodings': ['new TextDecoder()', 'new TextDecoder("gbk").decode(new Uint8Array([200, 200]))']
}

console.log(`bundling ${buildMs.toFixed(0)} ms; installer ${runtime.install.length} bytes`)
const fresh = Array.from({ length: isolateRounds }, createIsolate)
console.log(`install ${Math.min(...fresh.map(({ installMs }) => installMs)).toFixed(2)} ms, isolate with it ${Math.min(...fresh.map(({ isolate }) => heapKb(isolate))).toFixed(0)} kB`)
for (const { isolate } of fresh) isolate.dispose()

console.log('\ngroup              bytes   first touch   first in process   heap')
for (const name of groupNames) {
  const [before, touch] = internal[name] ?? ['', `void ${groups[name][0]}`]
  let first = 0
  let best = Infinity
  let heap = Infinity
  for (let round = 0; round < isolateRounds; round++) {
    const { isolate, context } = createIsolate()
    context.evalSync(before)
    const heapBefore = heapKb(isolate)
    const start = performance.now()
    context.evalSync(touch)
    const elapsed = performance.now() - start
    if (round === 0) first = elapsed
    best = Math.min(best, elapsed)
    const grown = heapKb(isolate) - heapBefore
    if (grown > 0) heap = Math.min(heap, grown)
    isolate.dispose()
  }
  console.log(`${name.padEnd(17)}${String(runtime.groups[name].length).padStart(7)}${best.toFixed(2).padStart(11)} ms${first.toFixed(1).padStart(16)} ms${heap.toFixed(0).padStart(7)} kB`)
}

const calls = {
  'Response.json({ … })': 'Response.json({ id: 7, name: "x", tags: ["a", "b"] })',
  'Response.json({ … }, { status, headers })': 'Response.json({ id: 7 }, { status: 201, headers: { "x-a": "b", "cache-control": "no-store" } })',
  'Response.json and readResponse': 'harness.readResponse(Response.json({ id: 7, name: "x", tags: ["a", "b"] }))',
  'new Response("text")': 'new Response("hello")',
  'new Response(bytes)': 'new Response(bytes)',
  'new Response(stream)': 'new Response(new ReadableStream())',
  'incoming request, untouched': 'harness.createRequest(parts)',
  'incoming request, url and headers read': '{ const request = harness.createRequest(parts); request.url; request.headers.get("accept") }',
  'new Request(url)': 'new Request("https://shop.api.example.com/users/7")',
  'new URL(…)': 'new URL("https://shop.api.example.com/users/7?full=1&x=2")',
  'new URLSearchParams(…).get(…)': 'new URLSearchParams("full=1&x=2").get("x")',
  'new TextEncoder().encode(1 kB)': 'new TextEncoder().encode(text)',
  'new TextDecoder().decode(1 kB)': 'new TextDecoder().decode(bytes)',
  'structuredClone({ … })': 'structuredClone({ a: [1, 2, { b: new Date(0) }] })',
  'console.log("…", { … })': 'console.log("user", { id: 7, tags: ["a", "b"] })',
  'setTimeout and clearTimeout': 'clearTimeout(setTimeout(() => {}, 1000))',
  'new AbortController().signal': 'new AbortController().signal'
}

console.log('\ncall                                        µs')
const { context } = createIsolate()
context.evalSync(`
  const text = 'x'.repeat(1000), bytes = new Uint8Array(1000).fill(97)
  const parts = { method: 'GET', url: 'https://shop.api.example.com/users/7?full=1', headers: { accept: 'application/json', 'user-agent': 'curl' }, body: null }
`)
for (const [label, code] of Object.entries(calls)) {
  const run = context.evalSync(`(count => { for (let i = 0; i < count; i++) { ${code} } })`, { reference: true })
  let best = Infinity
  for (let round = 0; round < callRounds; round++) {
    const start = performance.now()
    run.applySync(undefined, [callsPerRound])
    best = Math.min(best, (performance.now() - start) / callsPerRound * 1000)
  }
  console.log(`${label.padEnd(42)}${best.toFixed(2).padStart(6)}`)
}
