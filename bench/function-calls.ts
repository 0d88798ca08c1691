import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import { effectiveLimits } from '#shared/function-limits.ts'
import { createFunctionRunner } from '../data-plane/functions/client.ts'
import type { FunctionCall, RunnableFunction } from '../data-plane/functions/runner.ts'
import { createEngines, type CreateEngine } from '../data-plane/functions/sandbox/engine.ts'
import { parsePiece } from '../data-plane/functions/sandbox/out.ts'
import { buildBundles, type Bundles } from '../data-plane/bundles/build.ts'
import { installBundles } from '../data-plane/bundles/install.ts'
import { superviseSandboxes } from '../data-plane/functions/supervise.ts'

/**
 * What a function call costs below HTTP: `node --no-node-snapshot bench/function-calls.ts`. Processor time is the figure to compare, as it
 * hardly minds what else the machine does.
 */
const functions: Record<string, string> = {
  'a value': '() => ({ hello: "world" })',
  'an async value': 'async () => ({ hello: "world" })',
  'parameters and a header': 'async ctx => ({ id: ctx.params.id, agent: ctx.headers["user-agent"], full: ctx.query.full })',
  'a JSON body': 'async ctx => ctx.body'
}
const limits = effectiveLimits()
const bundleOf = (expression: string): string => `var __imprunExports={default:${expression}}`

const call: FunctionCall = {
  requestId: '01jx3v8e9y',
  method: 'POST',
  url: 'https://shop.api.example.com/users/7?full=1',
  path: '/users/7',
  query: 'full=1',
  params: { id: '7' },
  headers: { host: 'shop.api.example.com', 'user-agent': 'curl/8', accept: '*/*', 'content-type': 'application/json', 'content-length': '30' },
  body: Buffer.from('{"name":"Ada","items":[1,2,3]}'),
  client: { id: 'c1', name: 'Mobile' }
}

const bundles = await buildBundles()
const createEngine = createEngines(bundles.scripts, message => { throw new Error(message) })
measureStart(createEngine)
for (const [name, expression] of Object.entries(functions).slice(0, 2)) measureBatches(createEngine, name, expression)
await measureRoundTrips(bundles)

function measureStart (create: CreateEngine): void {
  const times: number[] = []
  let heapBytes = 0
  for (let i = 0; i < 30; i++) {
    const began = performance.now()
    const engine = create({ gateway: { id: 'shop', name: 'Shop' }, environment: 'dev', env: {} }, limits)
    engine.start(bundleOf('() => 1'), 1_000)
    engine.enter('[0,1,4,0]', '[]\n{', 1_000)
    engine.take(false)
    times.push(performance.now() - began)
    heapBytes += engine.heapBytes() / 30
    engine.dispose()
  }
  times.sort((a, b) => a - b)
  console.log(`isolate, harness, bundle and first call: ${times[0]!.toFixed(1)} ms at best, ${times[15]!.toFixed(1)} ms median; ${(heapBytes / 1e6).toFixed(2)} MB of heap`)
}

function measureBatches (create: CreateEngine, name: string, expression: string): void {
  const engine = create({ gateway: { id: 'shop', name: 'Shop' }, environment: 'dev', env: {} }, limits)
  engine.start(bundleOf(expression), 1_000)
  engine.take(false)
  const head = `${JSON.stringify(['r', 'GET', call.url, call.path, call.query, call.params, call.client])}\n${JSON.stringify(call.headers)}`
  let number = 1
  const costs = [1, 2, 4, 16, 64].map(size => {
    let best = Infinity
    for (let round = 0; round < 10; round++) {
      const crossings = Math.ceil(4_000 / size)
      const before = process.cpuUsage()
      for (let i = 0; i < crossings; i++) {
        const index: number[] = []
        for (let n = 0; n < size; n++) index.push(0, number++, head.length, 0)
        engine.enter(JSON.stringify(index), head.repeat(size), 1_000)
        if (parsePiece(engine.take(false) ?? '')?.entries.length !== size) throw new Error('A call was not answered')
      }
      best = Math.min(best, microseconds(process.cpuUsage(before)) / (crossings * size))
    }
    return `${size}: ${best.toFixed(1)}`
  })
  engine.dispose()
  console.log(`${name}, µs of processor time a call by calls in a crossing: ${costs.join('  ')}`)
}

async function measureRoundTrips (built: Bundles): Promise<void> {
  const runDir = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  const logger = pino({ level: 'error' })
  const runner = createFunctionRunner({ sockets: [], logger, onLog: line => console.log(line) })
  let pid = 0
  const watching = pino({ level: 'info' }, {
    // The first to start is the one that is used; the second stands by.
    write: (text: string) => {
      const line = JSON.parse(text) as { msg: string, pid: number }
      if (line.msg === 'sandbox started') pid ||= line.pid
    }
  })
  const supervisor = await superviseSandboxes({ count: 1, runDir, logger: watching, bundles: installBundles(built, runDir), onPlacement: runner.place })
  for (const [name, expression] of Object.entries(functions)) {
    const fn: RunnableFunction = {
      key: `shop-dev/${name}`, gatewayId: 'shop', gatewayName: 'Shop', environment: 'dev', functionName: name, versionId: 'v1', timeoutMs: 10_000, limits, variables: {},
      code: () => ({ bundle: bundleOf(expression), sourceMap: '' })
    }
    for (const inFlight of [1, 64]) {
      const rounds: number[] = []
      let calls = 0
      let edge = 0
      let sandbox = 0
      for (let round = 0; round < 5; round++) {
        const before = process.cpuUsage()
        const sandboxBefore = processorTime(pid)
        const began = performance.now()
        let answered = 0
        await Promise.all(Array.from({ length: inFlight }, async () => {
          while (performance.now() - began < 1_000) {
            await runner.call(fn, call)
            answered++
          }
        }))
        rounds.push(answered / (performance.now() - began) * 1_000)
        edge += microseconds(process.cpuUsage(before))
        sandbox += processorTime(pid) - sandboxBefore
        calls += answered
      }
      rounds.sort((a, b) => a - b)
      console.log(`${name}, ${inFlight} in flight: ${Math.round(rounds[2]!)} calls/s, µs of processor time a call: edge ${(edge / calls).toFixed(1)}, sandbox ${(sandbox / calls).toFixed(1)}`)
    }
  }
  await runner.close()
  await supervisor.close()
  rmSync(runDir, { recursive: true, force: true })
}

function microseconds ({ user, system }: NodeJS.CpuUsage): number {
  return user + system
}

/** proc(5): utime and stime of a process, in hundredths of a second. */
function processorTime (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
