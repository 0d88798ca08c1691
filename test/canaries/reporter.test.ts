import t, { type Test } from 'tap'
import type { CanaryReport } from '#shared/canaries.ts'
import { createCanaryReporter, type CanaryReporter, type CanaryReporterOptions, type CountedAnswer } from '../../data-plane/canaries/reporter.ts'
import { UplinkError } from '../../data-plane/uplink.ts'
import { createQueue, type Queue } from '../support/queue.ts'
import { recordingLogger } from '../support/replica.ts'

interface Sent { report: CanaryReport, answer: () => void, fail: (error: Error) => void }

interface TestReporter extends CanaryReporter {
  sent: Queue<Sent>
  say: (release: number, more?: Partial<CountedAnswer>) => void
  lines: () => Array<Record<string, unknown>>
}

/** A reporter; the test is its control plane. */
function start (t: Test, options: Partial<CanaryReporterOptions> = {}): TestReporter {
  const sent = createQueue<Sent>()
  const { logger, lines } = recordingLogger()
  const post = async (matter: string, body: unknown): Promise<undefined> => {
    if (matter !== '/canaries') throw new Error(`Nothing is to be sent to ${matter}`)
    await new Promise<void>((resolve, reject) => sent.push({ report: structuredClone(body) as CanaryReport, answer: resolve, fail: reject }))
  }
  const reporter = createCanaryReporter({ uplink: { post }, logger, intervalMs: 5, ...options })
  // Keeps the process while the reporter's own timer does not.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => clearInterval(alive))
  return { ...reporter, sent, lines, say: (release, more) => reporter.count({ gatewayId: 'shop', environment: 'prod', release, hasFailed: false, ...more }) }
}

t.test('answers are added up, and reported as what came since the last report', async t => {
  const { say, sent, close } = start(t)
  say(1)
  say(2, { hasFailed: true })
  say(2)
  say(2, { environment: 'dev' })
  const first = await sent.next()
  t.strictSame(first.report.counts, [
    { gatewayId: 'shop', environment: 'prod', release: 1, requests: 1, failures: 0 },
    { gatewayId: 'shop', environment: 'prod', release: 2, requests: 2, failures: 1 },
    { gatewayId: 'shop', environment: 'dev', release: 2, requests: 1, failures: 0 }
  ])
  say(2)
  say(2, { hasFailed: true })
  first.answer()
  const second = await sent.next()
  t.strictSame(second.report.counts, [{ gatewayId: 'shop', environment: 'prod', release: 2, requests: 2, failures: 1 }])
  second.answer()
  await close()
})

t.test('a report that did not arrive is not sent again, and said once', async t => {
  const { say, sent, close, lines } = start(t)
  say(1)
  ;(await sent.next()).fail(new UplinkError('unreachable', 'gone'))
  say(2)
  const second = await sent.next()
  t.match(second.report.counts, [{ release: 2, requests: 1 }])
  second.fail(new UplinkError('denied', 'who?'))
  say(3)
  const third = await sent.next()
  t.match(third.report.counts, [{ release: 3, requests: 1 }])
  third.answer()
  await close()
  t.match(lines().filter(({ level }) => Number(level) >= 40), [{ level: 40, msg: /cannot be reported/ }])
})

t.test('a report that is refused is an error of ours, and the next one is sent', async t => {
  const { say, sent, close, lines } = start(t)
  say(1)
  ;(await sent.next()).fail(new UplinkError('refused', 'too long', { status: 400, code: 'validation_failed' }))
  say(2)
  ;(await sent.next()).answer()
  await close()
  t.match(lines(), [{ level: 50, err: { code: 'validation_failed' } }])
})

t.test('there is room for so much and no more, and a report takes so much and no more', async t => {
  const { say, sent, close } = start(t, { maxReleases: 700 })
  for (let release = 1; release <= 1_000; release++) say(release)
  const reports: CanaryReport[] = []
  for (let n = 0; n < 2; n++) {
    const { report, answer } = await sent.next()
    reports.push(report)
    answer()
  }
  t.strictSame(reports.map(({ counts }) => counts.length), [500, 200])
  t.equal(reports[1]!.counts.at(-1)!.release, 700)
  await close()
})

t.test('the end waits for the last report, and not for ever', async t => {
  const patient = start(t, { intervalMs: 60_000, closeMs: 60_000 })
  patient.say(1)
  const closed = patient.close()
  const { report, answer } = await patient.sent.next()
  t.match(report.counts, [{ release: 1, requests: 1 }])
  answer()
  await closed

  const hasty = start(t, { closeMs: 20 })
  hasty.say(1)
  await hasty.sent.next()
  await hasty.close()
})

t.test('nothing is sent where nothing is counted', async t => {
  const { sent, say, close } = start(t, { intervalMs: 1 })
  await close()
  say(7)
  const { report, answer } = await sent.next()
  t.match(report.counts, [{ release: 7 }])
  answer()
})
