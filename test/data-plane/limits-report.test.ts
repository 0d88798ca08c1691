import t from 'tap'
import { createLimitsReport } from '../../data-plane/workers/limits-report.ts'
import { recordingLogger } from '../support/replica.ts'

t.test('what all workers notice is told once, and when none misses Redis any more', async t => {
  const { logger, lines } = recordingLogger()
  const { tell, forget } = createLimitsReport(logger)
  const told = (): unknown[] => lines().map(({ reason = 'again' }) => reason)
  for (const worker of [1, 2, 3]) tell(worker, null)
  t.strictSame(told(), [], 'nothing is missing')
  tell(1, 'the connection was closed')
  tell(1, 'no connection: ECONNREFUSED')
  for (const reason of ['the connection was closed', 'no connection: ECONNREFUSED']) for (const worker of [2, 3]) tell(worker, reason)
  t.strictSame(told(), ['the connection was closed', 'no connection: ECONNREFUSED'])
  tell(1, null)
  forget(2)
  t.equal(told().length, 2, 'one is still without')
  tell(3, null)
  tell(2, null)
  t.strictSame(told().slice(2), ['again'])
  tell(2, 'the connection was closed')
  t.strictSame(told().slice(3), ['the connection was closed'], 'another time')
})
