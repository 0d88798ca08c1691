import t from 'tap'
import { createMeeting } from '../../bench/compare/meeting.ts'
import { NotComparable } from '../../bench/report.ts'

t.test('each is given its own part, whoever comes first', async t => {
  const meeting = createMeeting<string, string>(async (first, second) => [`${first} of ${first}${second}`, `${second} of ${first}${second}`])
  t.strictSame(await Promise.all([meeting.arrive(0, 'a'), meeting.arrive(1, 'b')]), ['a of ab', 'b of ab'])
  t.strictSame(await Promise.all([meeting.arrive(1, 'b'), meeting.arrive(0, 'a')]), ['b of ab', 'a of ab'], 'again, and the other way round')
})

t.test('what goes wrong, both are told', async t => {
  const meeting = createMeeting<null, null>(async () => { throw new Error('a wrong answer') })
  const both = await Promise.allSettled([meeting.arrive(0, null), meeting.arrive(1, null)])
  t.strictSame(both.map(each => each.status === 'rejected' && String(each.reason)), ['Error: a wrong answer', 'Error: a wrong answer'])
})

t.test('nobody waits for one who has gone', async t => {
  const meeting = createMeeting<null, null>(async () => [null, null])
  const waiting = meeting.arrive(0, null)
  meeting.leave()
  await t.rejects(waiting, NotComparable)
  await t.rejects(meeting.arrive(0, null), NotComparable)
})
