import type { Test } from 'tap'
import type { ScheduleRun, ScheduleRunOutcome } from '../../control-plane/store/records.ts'
import type { ScheduleRunFilter } from '../../control-plane/store/store.ts'
import { createGateway, ref } from './documents.ts'
import { firstPage, readPages, type OpenStore } from './harness.ts'

const dev = ref('shop', 'dev')
const all: ScheduleRunFilter = { functionName: null, schedule: null, status: null }
const minuteMs = 60_000
const start = Date.UTC(2030, 0, 1)
const at = (minute: number): string => new Date(start + minute * minuteMs).toISOString()

const outcome: ScheduleRunOutcome = {
  status: 'succeeded', startedAt: at(0), finishedAt: at(1), durationMs: 12.5, responseStatus: 204, errorCode: null, requestId: 'req'
}

let ids = 0
function run (minute: number, fields: Partial<ScheduleRun> = {}): ScheduleRun {
  return {
    id: `${String(minute).padStart(9, '0')}x${++ids}`,
    gatewayId: 'shop',
    environment: 'dev',
    functionName: 'tidy',
    schedule: 'nightly',
    versionId: 'v1',
    scheduledAt: at(minute),
    status: 'running',
    deadlineAt: at(minute + 2),
    startedAt: null,
    finishedAt: null,
    durationMs: null,
    responseStatus: null,
    errorCode: null,
    requestId: null,
    ...fields
  }
}

function settableClock (): { now: () => number, set: (minute: number) => void } {
  let now = start
  return { now: () => now, set: minute => { now = start + minute * minuteMs } }
}

export function scheduleRunsContract (t: Test, open: OpenStore): void {
  t.test('each time of a schedule has one run: of those who ask, one adds it', async t => {
    const { store, reopen } = await open(t, { clock: settableClock() })
    await createGateway(store, 'shop')
    const asked = await Promise.all(Array.from({ length: 10 }, () => store.addScheduleRun(run(0))))
    const winner = asked.find(({ added }) => added)!.run
    t.equal(asked.filter(({ added }) => added).length, 1)
    for (const { run } of asked) t.strictSame(run, winner)
    for (const other of [{ environment: 'prod' }, { functionName: 'other' }, { schedule: 'hourly' }]) t.ok((await store.addScheduleRun(run(0, other))).added)
    t.equal(await store.revision(), 1, 'nobody follows them')
    const again = await reopen()
    t.notOk((await again.addScheduleRun(run(0))).added)
    await t.rejects(again.addScheduleRun(run(0, { environment: 'beta' })), { code: 'not_found', field: 'environment' })
  })

  t.test('a run ends once', async t => {
    const { store } = await open(t, { clock: settableClock() })
    await createGateway(store, 'shop')
    const { run: { id } } = await store.addScheduleRun(run(0))
    const ended = { ...run(0), id, ...outcome }
    t.equal(await store.finishScheduleRun(id, outcome, ['staging', 'prod']), null, 'not of these environments')
    t.strictSame(await store.finishScheduleRun(id, outcome, ['dev']), { run: ended, finished: true })
    t.strictSame(await store.finishScheduleRun(id, { ...outcome, status: 'failed' }), { run: ended, finished: false })
    t.equal(await store.finishScheduleRun('none', outcome), null)
    t.strictSame((await store.listScheduleRuns(dev, all, firstPage)).items, [ended])
  })

  t.test('one that is due while the one before runs is skipped', async t => {
    const { store } = await open(t, { clock: settableClock() })
    await createGateway(store, 'shop')
    const { run: first } = await store.addScheduleRun(run(0, { deadlineAt: at(10) }))
    t.match(await store.addScheduleRun(run(1, { deadlineAt: at(10) })), { added: true, run: { status: 'skipped' } })
    t.match(await store.addScheduleRun(run(1, { schedule: 'other' })), { run: { status: 'running' } })
    await store.finishScheduleRun(first.id, outcome)
    t.match(await store.addScheduleRun(run(2)), { added: true, run: { status: 'running' } })
    t.match(await store.addScheduleRun(run(3, { status: 'missed' })), { added: true, run: { status: 'missed' } })
  })

  t.test('a run of which nothing is heard is lost at its deadline, and ends where something is heard after all', async t => {
    const clock = settableClock()
    const { store } = await open(t, { clock })
    await createGateway(store, 'shop')
    const { run: { id } } = await store.addScheduleRun(run(0))
    clock.set(2)
    t.match((await store.listScheduleRuns(dev, all, firstPage)).items, [{ status: 'running' }])
    clock.set(2.5)
    t.match((await store.listScheduleRuns(dev, { ...all, status: 'lost' }, firstPage)).items, [{ id, status: 'lost' }])
    t.match(await store.addScheduleRun(run(3)), { run: { status: 'running' } }, 'it holds nobody up')
    t.match(await store.finishScheduleRun(id, outcome), { finished: true, run: { status: 'succeeded' } })
  })

  t.test('runs are listed newest first, by function, schedule and status, page by page', async t => {
    const { store } = await open(t, { clock: settableClock() })
    await createGateway(store, 'shop')
    for (const minute of [3, 1, 0, 2, 4]) await store.addScheduleRun(run(minute, { status: 'missed', schedule: minute % 2 === 0 ? 'even' : 'odd', functionName: minute < 3 ? 'tidy' : 'send' }))
    await store.addScheduleRun(run(9, { environment: 'prod' }))
    const minutes = async (filter: Partial<ScheduleRunFilter>, limit = 2): Promise<number[][]> =>
      (await readPages(page => store.listScheduleRuns(dev, { ...all, ...filter }, page), limit)).map(page => page.map(({ scheduledAt }) => (Date.parse(scheduledAt) - start) / minuteMs))
    t.strictSame(await minutes({}), [[4, 3], [2, 1], [0]])
    t.strictSame(await minutes({ schedule: 'even' }), [[4, 2], [0]])
    t.strictSame(await minutes({ functionName: 'tidy', schedule: 'odd' }), [[1]])
    t.strictSame(await minutes({ status: 'running' }), [[]])
  })

  t.test('only so many are kept of a schedule, and for so long; they go with their environment', async t => {
    const clock = settableClock()
    const { store } = await open(t, { clock })
    await createGateway(store, 'shop')
    for (let minute = 0; minute < 110; minute++) await store.addScheduleRun(run(minute, { status: 'missed' }))
    for (let minute = 0; minute < 5; minute++) await store.addScheduleRun(run(minute, { status: 'missed', schedule: 'other' }))
    const kept = async (schedule: string): Promise<string[]> => (await store.listScheduleRuns(dev, { ...all, schedule }, firstPage)).items.map(({ scheduledAt }) => scheduledAt)
    t.equal((await kept('nightly')).length, 100)
    t.equal((await kept('nightly')).at(-1), at(10))
    t.equal((await kept('other')).length, 5)
    clock.set(30 * 24 * 60 + 4)
    await store.addScheduleRun(run(30 * 24 * 60 + 4, { status: 'missed' }))
    t.strictSame(await kept('other'), [at(4)])
    const { revision } = (await store.getEnvironment('shop', 'dev'))!
    await store.deleteEnvironment('shop', 'dev', revision)
    t.strictSame((await store.listScheduleRuns(dev, all, firstPage)).items, [])
  })
}
