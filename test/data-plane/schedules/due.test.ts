import t from 'tap'
import type { ScheduleClaim } from '../../../data-plane/schedules/claims.ts'
import { UplinkError, type Uplink } from '../../../data-plane/uplink.ts'
import { createQueue, type Queue } from '../../support/queue.ts'
import { createTestClock, openScheduler, scheduledItem } from '../../support/scheduler.ts'

interface Post { matter: string, body: Record<string, unknown> & { runs?: ScheduleClaim[] } }

/** A control plane that grants every claim, or answers as the test says. */
function pretendUplink (answer: (post: Post) => unknown = grant): Uplink & { posts: Queue<Post> } {
  const posts = createQueue<Post>()
  return {
    posts,
    post: async (matter, body) => {
      const post = { matter, body: body as Post['body'] }
      posts.push(post)
      return answer(post)
    },
    close: async () => {}
  }
}

function grant ({ matter, body }: Post): unknown {
  return matter === '/schedule-runs' ? { run: { id: `run-${String(body.scheduledAt)}` } } : undefined
}

const everyMinute = scheduledItem('dev', { tidy: [{ cron: '* * * * *' }] })

t.test('what is due is claimed, run and reported', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  const uplink = pretendUplink()
  // Of the minute before its start, too.
  const scheduler = openScheduler(t, { uplink, clock, items: [everyMinute] })
  const cycle = async (scheduledAt: string): Promise<void> => {
    t.match(await uplink.posts.next(), {
      matter: '/schedule-runs',
      body: { gatewayId: 'shop', environment: 'dev', functionName: 'tidy', versionId: 'v1', schedule: 'always', scheduledAt, claimId: /^[0-9A-Za-z]{16}$/ }
    })
    t.strictSame(await scheduler.runs.next(), { gatewayId: 'shop', environment: 'dev', functionName: 'tidy', call: { name: 'always', cron: '* * * * *', scheduledAt } })
    const now = new Date(clock.now())
    t.strictSame(await uplink.posts.next(), {
      matter: '/schedule-runs/finished',
      body: {
        id: `run-${scheduledAt}`,
        status: 'succeeded',
        startedAt: now.toISOString(),
        finishedAt: new Date(now.getTime() + 1).toISOString(),
        requestId: 'req1',
        durationMs: 1,
        responseStatus: 200,
        errorCode: null
      }
    })
  }
  await cycle('2030-01-01T00:00:00.000Z')
  clock.set('2030-01-01T00:00:59.999Z')
  scheduler.tick()
  clock.set('2030-01-01T00:01:00.000Z')
  scheduler.tick()
  scheduler.tick()
  await cycle('2030-01-01T00:01:00.000Z')
  clock.set('2030-01-01T00:02:00.001Z')
  scheduler.tick()
  await cycle('2030-01-01T00:02:00.000Z')
})

t.test('who does not win does not run', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  const answers: Array<() => unknown> = [
    () => ({ run: null }),
    () => { throw new UplinkError('refused', 'not due', { status: 409, code: 'schedule_not_due' }) },
    () => ({ something: 'else' }),
    () => ({ run: { id: 'mine' } })
  ]
  const uplink = pretendUplink(({ matter }) => matter === '/schedule-runs' ? answers.shift()!() : undefined)
  const scheduler = openScheduler(t, { uplink, clock, items: [everyMinute] })
  for (let minute = 1; minute <= 3; minute++) {
    await uplink.posts.next()
    clock.set(Date.UTC(2030, 0, 1, 0, minute))
    scheduler.tick()
  }
  t.match(await scheduler.runs.next(), { call: { scheduledAt: '2030-01-01T00:03:00.000Z' } }, 'it is the first one that runs')
})

t.test('what is new begins in the future, what stays goes on, what is gone is not run', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  const uplink = pretendUplink()
  const scheduler = openScheduler(t, { uplink, clock })
  scheduler.commit(everyMinute)
  clock.set('2030-01-01T00:01:00Z')
  // It was due when this came, which must not lose it.
  scheduler.commit(scheduledItem('dev', { tidy: [{ cron: '* * * * *' }], other: [{ cron: '*/2 * * * *' }] }), scheduledItem('prod', { tidy: [{ cron: '*/2 * * * *' }] }))
  scheduler.tick()
  t.match(await scheduler.runs.next(), { environment: 'dev', functionName: 'tidy', call: { scheduledAt: '2030-01-01T00:01:00.000Z' } })
  scheduler.commit(scheduledItem('dev', { other: [{ cron: '*/2 * * * *' }] }))
  clock.set('2030-01-01T00:02:00Z')
  scheduler.tick()
  const next = [await scheduler.runs.next(), await scheduler.runs.next()]
  t.match(next.sort((a, b) => a.environment < b.environment ? -1 : 1), [{ environment: 'dev', functionName: 'other' }, { environment: 'prod', functionName: 'tidy' }])
})

t.test('one that cannot be read does not keep the others from running', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  const scheduler = openScheduler(t, { uplink: pretendUplink(), clock, items: [scheduledItem('dev', { bad: [{ cron: 'nonsense' }], worse: [{ cron: '* * * * *', timeZone: 'No/Where' }], good: [{ cron: '* * * * *' }] })] })
  t.match(await scheduler.runs.next(), { functionName: 'good' })
})

t.test('a sleep of hours is one time that was missed, and no storm', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  const uplink = pretendUplink()
  const scheduler = openScheduler(t, { uplink, clock })
  scheduler.commit(everyMinute)
  clock.set('2030-01-01T08:00:30Z')
  scheduler.tick()
  clock.set('2030-01-01T08:01:00Z')
  scheduler.tick()
  const posts = [await uplink.posts.next(), await uplink.posts.next(), await uplink.posts.next()]
  t.match(posts.find(({ matter }) => matter === '/schedule-runs')!.body, { scheduledAt: '2030-01-01T08:01:00.000Z' })
  t.match(posts.find(({ matter }) => matter === '/schedule-runs/missed')!.body.runs, [{ scheduledAt: '2030-01-01T00:01:00.000Z' }])
})

t.test('without the control plane a time is tried until the next one, then told as missed', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  let isAway = true
  const uplink = pretendUplink(post => {
    if (isAway) throw new UplinkError('unreachable', 'away')
    return grant(post)
  })
  const scheduler = openScheduler(t, { uplink, clock })
  scheduler.commit(everyMinute)
  clock.set('2030-01-01T00:01:00Z')
  scheduler.tick()
  for (let tries = 0; tries < 3; tries++) t.match(await uplink.posts.next(), { matter: '/schedule-runs', body: { scheduledAt: '2030-01-01T00:01:00.000Z' } })
  clock.set('2030-01-01T00:02:00Z')
  scheduler.tick()
  let post = await uplink.posts.next()
  while (post.body.scheduledAt !== '2030-01-01T00:02:00.000Z') post = await uplink.posts.next()
  isAway = false
  t.match(await scheduler.runs.next(), { call: { scheduledAt: '2030-01-01T00:02:00.000Z' } }, 'it is back in time for this one')
  while (post.matter !== '/schedule-runs/missed') post = await uplink.posts.next()
  t.match(post.body.runs, [{ scheduledAt: '2030-01-01T00:01:00.000Z', functionName: 'tidy' }])
})

t.test('a report is told until it is heard', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  let failures = 3
  const uplink = pretendUplink(post => {
    if (post.matter === '/schedule-runs/finished' && failures-- > 0) throw new UplinkError('unreachable', 'away')
    return grant(post)
  })
  const scheduler = openScheduler(t, { uplink, clock, items: [everyMinute], run: async () => ({ responseStatus: null, errorCode: 'function_timeout' }) })
  await uplink.posts.next()
  for (let tries = 0; tries < 4; tries++) t.match(await uplink.posts.next(), { matter: '/schedule-runs/finished', body: { status: 'timed_out', errorCode: 'function_timeout' } })
  scheduler.stop()
  await scheduler.close(10_000)
})

t.test('a thousand at the same second run a few at a time', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  let atOnce = 0
  let most = 0
  const ended = createQueue<string>()
  const functions = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`f${i}`, [{ cron: '* * * * *' }]]))
  const run = async (): Promise<object> => {
    most = Math.max(most, ++atOnce)
    await new Promise(resolve => setImmediate(resolve))
    atOnce--
    return {}
  }
  const uplink = pretendUplink(post => {
    if (post.matter === '/schedule-runs/finished') ended.push(String(post.body.id))
    return grant(post)
  })
  const scheduler = openScheduler(t, { uplink, clock, run, items: [scheduledItem('dev', functions)] })
  const names = new Set<string>()
  for (let i = 0; i < 1_000; i++) {
    await ended.next()
    names.add((await scheduler.runs.next()).functionName)
  }
  t.equal(names.size, 1_000)
  t.ok(most > 1 && most <= 16, `${most} at once`)
})

t.test('what has not begun when it stops is left to others', async t => {
  const clock = createTestClock('2030-01-01T00:00:30Z')
  const scheduler = openScheduler(t, { uplink: pretendUplink(), clock })
  scheduler.commit(everyMinute)
  scheduler.stop()
  clock.set('2030-01-01T00:01:00Z')
  scheduler.tick()
  await scheduler.close(10_000)
  scheduler.runs.push({ gatewayId: 'none', environment: '', functionName: '', call: { name: '', cron: '', scheduledAt: '' } })
  t.match(await scheduler.runs.next(), { gatewayId: 'none' }, 'nothing ran before')
})
