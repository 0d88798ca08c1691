import t from 'tap'
import type { FeedEnvironment, FeedRelease } from '#shared/feed.ts'
import { openScheduleEntries } from '../../../data-plane/schedules/entries.ts'
import { silent } from '../../support/replica.ts'

const releaseWith = (number: number, functionName: string): FeedRelease => {
  const schedules = [{ name: 'always', cron: '* * * * *', timeZone: 'UTC' }]
  return { number, routes: [{ functionName, versionId: `v${number}`, methods: ['POST'], path: `/${functionName}`, timeoutMs: 1000, schedules }] }
}

t.test('canaries and previews run nothing by schedule', async t => {
  const value: FeedEnvironment = {
    plugins: {},
    variables: {},
    secrets: {},
    release: releaseWith(1, 'served'),
    canary: { release: releaseWith(2, 'tried'), weight: 100, header: null },
    previews: [{ release: releaseWith(3, 'shown'), expiresAt: '2040-01-01T00:00:00Z' }]
  }
  const replica = { getEnvironment: () => value, scheduledEnvironments: () => [{ gatewayId: 'shop', environment: 'dev' }] }
  const entries = openScheduleEntries({ replica, now: () => 0, since: 0, logger: silent })
  t.match([...entries.all()], [{ functionName: 'served', versionId: 'v1' }])
  t.equal([...entries.all()].length, 1)
})
