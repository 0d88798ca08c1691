import t from 'tap'
import { coalesced } from '../../control-plane/coalesce.ts'

interface Job { key: string, resolve: () => void, reject: (error: Error) => void }

function recorded (): { jobs: Job[], run: (key: string) => Promise<void> } {
  const jobs: Job[] = []
  const run = coalesced(async key => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    jobs.push({ key, resolve, reject })
    await promise
  })
  return { jobs, run }
}

t.test('those who ask while it is being done are answered by the next time together', async t => {
  const { jobs, run } = recorded()
  const answered: string[] = []
  const ask = async (name: string): Promise<void> => {
    await run('a')
    answered.push(name)
  }
  const first = ask('first')
  const others = [ask('second'), ask('third')]
  t.equal(jobs.length, 1)
  jobs[0]!.resolve()
  await first
  t.strictSame(answered, ['first'])
  // Joins those that wait, or comes while the next one is being done: it is never left out.
  const late = ask('late')
  while (answered.length < 4) {
    jobs.at(-1)!.resolve()
    await new Promise(setImmediate)
  }
  await Promise.all([...others, late])
  t.ok(jobs.length <= 3)
  const again = run('a')
  jobs.at(-1)!.resolve()
  await again
  t.ok(jobs.length <= 4, 'and nothing is left of them')
})

t.test('keys have nothing to do with each other', async t => {
  const { jobs, run } = recorded()
  const [a, b] = [run('a'), run('b')]
  t.strictSame(jobs.map(({ key }) => key), ['a', 'b'])
  for (const { resolve } of jobs) resolve()
  await Promise.all([a, b])
})

t.test('one that fails fails for those who have asked for it, and not for the next ones', async t => {
  const { jobs, run } = recorded()
  const [first, second] = [run('a'), run('a')]
  jobs[0]!.reject(new Error('away'))
  await t.rejects(first, { message: 'away' })
  while (jobs.length < 2) await new Promise(setImmediate)
  jobs[1]!.resolve()
  await second
})
