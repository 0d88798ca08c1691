import t from 'tap'
import { createUplink } from '../../data-plane/uplink.ts'
import { dataPlaneToken, startControlPlane } from '../support/control-plane.ts'
import { createTestClock, openScheduler, scheduledItem } from '../support/scheduler.ts'
import { until } from '../support/until.ts'

// Schedulers of two data planes whose clocks differ, and a real control plane; the clocks stand where the test sets them.
t.test('two data planes run each time of a schedule once between them', async t => {
  const control = await startControlPlane(t)
  await control.admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  await control.admin('PUT', '/api-gateways/shop/functions/tidy', { methods: ['POST'], path: '/tidy', source: 'export default () => 1', schedules: [{ name: 'always', cron: '* * * * *' }] })
  const start = control.clock.now()
  const ran: string[] = []
  const planes = [0, 3_000].map(ahead => {
    const clock = createTestClock(new Date(start + 30_000 + ahead).toISOString())
    const uplink = createUplink({ controlUrl: control.url, token: () => dataPlaneToken })
    t.teardown(async () => await uplink.close())
    const run = async ({ call }: { call: { scheduledAt: string } }): Promise<object> => {
      ran.push(call.scheduledAt)
      return {}
    }
    const scheduler = openScheduler(t, { uplink, clock, run })
    scheduler.commit(scheduledItem('dev', { tidy: [{ cron: '* * * * *' }] }))
    return { clock, scheduler, ahead }
  })
  interface Run { status: string, scheduledAt: string }
  const runs = async (): Promise<Run[]> => ((await control.admin('GET', '/api-gateways/shop/environments/dev/schedule-runs')).json as { items: Run[] }).items

  control.clock.advance(30_000)
  const minutes = 5
  for (let minute = 1; minute <= minutes; minute++) {
    control.clock.advance(start + minute * 60_000 - control.clock.now())
    // In turn, the one whose clock is ahead first.
    for (const { clock, scheduler, ahead } of planes.toReversed()) {
      clock.set(start + minute * 60_000 + ahead)
      scheduler.tick()
    }
    await until('the run', runs, found => found.length === minute && found.every(({ status }) => status === 'succeeded'))
  }
  for (const { scheduler } of planes) {
    scheduler.stop()
    await scheduler.close(10_000)
  }
  t.equal(ran.length, minutes)
  t.equal(new Set(ran).size, minutes)
  t.equal((await runs()).length, minutes)
})
