import { writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { createFreshness, openHeardFile, type Heard } from '../../data-plane/freshness.ts'
import { createHearing } from '../../data-plane/feed/hearing.ts'
import { recordingLogger } from '../support/replica.ts'

function clocks () {
  const at = { wall: Date.UTC(2030, 0, 1), monotonic: 5_000 }
  return { at, wall: { now: () => at.wall }, monotonic: { now: () => at.monotonic }, pass: (ms: number) => { at.wall += ms; at.monotonic += ms } }
}

const dayMs = 86_400_000

t.test('the age is the larger one of what both clocks say', async t => {
  const { at, pass, ...both } = clocks()
  const freshness = createFreshness(both)
  t.equal(freshness.ageMs(), Infinity, 'never heard of')
  freshness.hear({ wallMs: at.wall, monotonicMs: at.monotonic })
  t.equal(freshness.ageMs(), 0)
  pass(7_000)
  t.equal(freshness.ageMs(), 7_000)
  at.wall -= dayMs
  t.equal(freshness.ageMs(), 7_000, 'a clock that is set back makes nothing younger')
  at.wall += 2 * dayMs
  t.equal(freshness.ageMs(), dayMs + 7_000, 'a machine that slept')
  freshness.hear({ wallMs: at.wall, monotonicMs: at.monotonic })
  t.equal(freshness.ageMs(), 0)
})

t.test('after a boot the wall clock alone counts, unless it stands before what was heard', async t => {
  const { at, wall, monotonic } = clocks()
  const freshness = createFreshness({ wall, monotonic })
  freshness.hear({ wallMs: at.wall - 3_000, monotonicMs: null })
  t.equal(freshness.ageMs(), 3_000)
  freshness.hear({ wallMs: at.wall + 59_000, monotonicMs: null })
  t.equal(freshness.ageMs(), 0)
  freshness.hear({ wallMs: at.wall + 61_000, monotonicMs: null })
  t.equal(freshness.ageMs(), Infinity, 'nobody can tell')
})

t.test('what was heard is known to the next process, and the monotonic clock until the next boot', async t => {
  const directory = t.testdir()
  const heard: Heard = { wallMs: 1_000, monotonicMs: 2_000 }
  t.equal(openHeardFile(directory, 'boot-1').read(), null)
  openHeardFile(directory, 'boot-1').write(heard)
  t.strictSame(openHeardFile(directory, 'boot-1').read(), heard)
  t.strictSame(openHeardFile(directory, 'boot-2').read(), { wallMs: 1_000, monotonicMs: null })
  openHeardFile(directory, '').write(heard)
  t.strictSame(openHeardFile(directory, '').read(), { wallMs: 1_000, monotonicMs: null })
  for (const text of ['', '{', 'null', '{"wallMs":"1"}']) {
    writeFileSync(path.join(directory, 'last-heard.json'), text)
    t.equal(openHeardFile(directory, 'boot-1').read(), null, text)
  }
})

t.test('workers are told about once a second, first of what the process before had heard', async t => {
  const { at, pass, ...both } = clocks()
  const file = openHeardFile(t.testdir(), 'boot')
  file.write({ wallMs: 1, monotonicMs: 2 })
  const told: Heard[] = []
  const { logger, lines } = recordingLogger()
  const hear = createHearing({ file, onHeard: heard => told.push(heard), logger, clocks: both })
  const first = { wallMs: at.wall, monotonicMs: at.monotonic }
  hear()
  pass(999)
  hear()
  t.strictSame(told, [{ wallMs: 1, monotonicMs: 2 }, first])
  pass(1)
  hear()
  t.strictSame(told[2], { wallMs: at.wall, monotonicMs: at.monotonic })
  t.strictSame(file.read(), told[2])
  const broken = createHearing({ file: { read: () => null, write: () => { throw new Error('the disk is full') } }, onHeard: heard => told.push(heard), logger, clocks: both })
  broken()
  t.equal(told.length, 4)
  t.match(lines(), [{ level: 40, err: { message: 'the disk is full' } }])
})
