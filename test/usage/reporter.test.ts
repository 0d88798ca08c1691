import { pino } from 'pino'
import t from 'tap'
import type { UsageReport } from '#shared/usage.ts'
import type { CompiledEnvironment } from '../../data-plane/edge/environment.ts'
import type { CompiledRoute } from '../../data-plane/edge/release.ts'
import { UplinkError } from '../../data-plane/uplink.ts'
import { createUsageReporter, type UsageReporter, type UsageReporterOptions } from '../../data-plane/usage/reporter.ts'
import { createQueue } from '../support/queue.ts'

interface Reported extends UsageReporter {
  /** The next report; it waits for its answer. */
  next: () => Promise<{ report: UsageReport, answer: () => void, fail: (error: Error) => void }>
  use: (path: string, clientId?: string | null) => void
  operatorLines: Array<Record<string, unknown>>
}

const version = { gatewayId: 'shop', environment: 'dev', functionName: 'hello', versionId: 'v1' }
const refusedConnection = new UplinkError('unreachable', 'away', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })
const timedOut = new UplinkError('unreachable', 'away', { cause: new Error('timeout') })

/** A reporter; the test is its control plane. */
function start (options: Partial<UsageReporterOptions> = {}): Reported {
  const sent = createQueue<Awaited<ReturnType<Reported['next']>>>()
  const operatorLines: Reported['operatorLines'] = []
  const logger = pino({ level: 'debug' }, { write: text => { operatorLines.push(JSON.parse(text) as Record<string, unknown>) } })
  const post = async (matter: string, report: unknown): Promise<undefined> => {
    if (matter !== '/usage') throw new Error(`Nothing is to be sent to ${matter}`)
    await new Promise<void>((resolve, reject) => sent.push({ report: report as UsageReport, answer: resolve, fail: reject }))
  }
  const reporter = createUsageReporter({ uplink: { post }, logger, soonMs: 1, intervalMs: 10, namesIntervalMs: 2, ...options })
  const environment = { gatewayId: 'shop', environment: 'dev' } as CompiledEnvironment
  const routes = new Map<string, CompiledRoute>()
  const routeAt = (path: string): CompiledRoute => {
    const route = routes.get(path) ?? { path, methods: ['GET'], functionName: 'hello' } as unknown as CompiledRoute
    routes.set(path, route)
    return route
  }
  let time = 0
  return { ...reporter, next: sent.next, operatorLines, use: (path, clientId = null) => reporter.countRequest(environment, routeAt(path), 'GET', clientId, ++time) }
}

t.test('what is used soon after one another is one report, and what comes meanwhile another', async t => {
  const { next, use, addName, close } = start()
  use('/a', 'mobile')
  use('/b')
  use('/a', 'web')
  addName(version, 'FOUND', true)
  addName(version, 'MISSED', false)
  const first = await next()
  const about = { gatewayId: 'shop', environment: 'dev', functionName: 'hello', method: 'GET', moreClients: false }
  t.strictSame(first.report, {
    routes: [{ ...about, path: '/a', requests: 2, lastAt: 3, clients: ['mobile', 'web'] }, { ...about, path: '/b', requests: 1, lastAt: 2, clients: [] }],
    variables: [{ ...version, found: ['FOUND'], missing: ['MISSED'] }]
  })
  use('/a')
  first.answer()
  const second = await next()
  t.match(second.report, { routes: [{ path: '/a', requests: 1, clients: [] }], variables: [] })
  second.answer()
  await close()
})

t.test('while the control plane is away counts gather, and are sent once', async t => {
  const { next, use, addName, close, operatorLines } = start()
  use('/a', 'mobile')
  addName(version, 'A', false)
  const lost = await next()
  use('/a', 'web')
  lost.fail(refusedConnection)
  const again = await next()
  t.match(again.report, { routes: [{ requests: 2, lastAt: 2, clients: ['mobile', 'web'] }], variables: [{ found: [], missing: ['A'] }] })
  again.fail(refusedConnection)
  addName(version, 'A', true)
  const third = await next()
  t.match(third.report, { routes: [{ requests: 2 }] })
  third.answer()
  await close()
  t.match(operatorLines.map(({ level }) => level), [40, 20, 30], 'operators are told once')
})

t.test('where a report may have arrived, its requests are not counted again, and the rest is said again', async t => {
  const { next, use, addName, close } = start()
  use('/a', 'mobile')
  addName(version, 'A', true)
  const lost = await next()
  use('/a', 'web')
  lost.fail(timedOut)
  const again = await next()
  t.match(again.report, { routes: [{ requests: 1, lastAt: 2, clients: ['mobile', 'web'] }], variables: [{ found: ['A'] }] })
  again.answer()
  await close()
})

t.test('what is refused is not sent again', async t => {
  const { next, use, close, operatorLines } = start()
  use('/a')
  const refused = await next()
  refused.fail(new UplinkError('refused', 'no', { status: 400 }))
  use('/b')
  const second = await next()
  t.match(second.report.routes, [{ path: '/b' }])
  second.answer()
  await close()
  t.match(operatorLines, [{ level: 50 }])
})

t.test('what is left in the end is reported', async t => {
  const { next, use, close } = start({ soonMs: 60_000, intervalMs: 60_000 })
  for (let n = 0; n < 501; n++) use(`/${n}`)
  const closed = close()
  const sizes: number[] = []
  for (let n = 0; n < 2; n++) {
    const { report, answer } = await next()
    sizes.push(report.routes.length)
    answer()
  }
  await closed
  t.strictSame(sizes, [500, 1])
})

t.test('the end does not wait for a control plane that does not answer', async t => {
  const { next, use, close } = start({ closeMs: 5 })
  use('/a')
  await next()
  use('/b')
  t.equal(await close(), undefined)
})

t.test('what waits has a bound, and what is forgotten is said', async t => {
  const { next, use, addName, close, operatorLines } = start()
  let longest = 0
  const sizes = { routes: 0, variables: 0 }
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 5_000; n++) use(`/${round}/${n}`)
    for (let n = 0; n < 1_000; n++) addName({ ...version, versionId: `v${round}.${n}` }, 'A', true)
    if (round < 2) (await next()).fail(refusedConnection)
  }
  for (let n = 0; n < 300; n++) addName({ ...version, versionId: 'v0.0' }, `A${n}`, true)
  while (sizes.routes < 10_000 || sizes.variables < 2_000) {
    const { report, answer } = await next()
    for (const { found } of report.variables) longest = Math.max(longest, found.length)
    sizes.routes += report.routes.length
    sizes.variables += report.variables.length
    answer()
  }
  await close()
  t.strictSame(sizes, { routes: 10_000, variables: 2_000 })
  t.equal(longest, 200)
  t.match(operatorLines.filter(({ requests }) => requests !== undefined), [{ level: 40, requests: 5_000 }])
})
