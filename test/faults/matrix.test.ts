import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

t.setTimeout(120_000)

t.test('the fault matrix makes faults happen, and says what came of them', async t => {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'matrix.ts'), '--only', 'edge worker', '--json'])
  const [line, sum] = stdout.trim().split('\n')
  const outcome = JSON.parse(line!) as { sent: number, recoveredMs: number | null }
  t.match(outcome, { fault: 'edge worker killed', failures: [], surprise: null })
  t.ok(outcome.sent > 400, `${outcome.sent} requests were sent`)
  t.ok(outcome.recoveredMs !== null)
  t.equal(sum, '1 faults, 0 surprises')
})
