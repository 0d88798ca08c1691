import t from 'tap'
import { addPurge, isPurged, maxPurgeTargets, noPurges, type CachePurges } from '#shared/cache-purges.ts'

const kept = (number: number, path = '/a', ...tags: string[]) => ({ number, path, tags: tags.length === 0 ? null : new Set(tags) })

t.test('a purge concerns what was asked for before it, by path, beginning or tag', async t => {
  const purges = addPurge(addPurge(noPurges, { paths: ['/a', '/b/*'] }), { tags: ['x'] })
  t.equal(purges.last, 2)
  for (const [entry, expected] of [
    [kept(0, '/a'), true], [kept(0, '/a/'), false], [kept(0, '/b/'), true], [kept(0, '/b/c/d'), true], [kept(0, '/b'), false], [kept(1, '/a'), false],
    [kept(1, '/c', 'x', 'y'), true], [kept(1, '/c', 'y'), false], [kept(2, '/c', 'x'), false], [kept(0, '/c'), false]
  ] as const) t.equal(isPurged(purges, entry), expected, JSON.stringify([entry.number, entry.path]))
})

t.test('a purge of everything leaves no purge to be told apart', async t => {
  const purges = addPurge(addPurge(noPurges, { paths: ['/a'] }), null)
  t.strictSame(purges, { last: 2, floor: 2, recent: [] })
  t.ok(isPurged(purges, kept(1, '/z')))
  t.notOk(isPurged(purges, kept(2, '/z')))
})

t.test('where there are too many the oldest concern everything', async t => {
  let purges: CachePurges = noPurges
  for (let i = 0; i < 100; i++) purges = addPurge(purges, { paths: Array.from({ length: 10 }, (_, index) => `/${i}/${index}`) })
  t.ok(purges.recent.reduce((sum, { paths = [] }) => sum + paths.length, 0) <= maxPurgeTargets)
  t.equal(purges.last, 100)
  t.equal(purges.floor, purges.recent[0]!.number - 1)
  t.ok(isPurged(purges, kept(0, '/z')))
  t.notOk(isPurged(purges, kept(purges.floor, '/z')))
  t.ok(isPurged(purges, kept(purges.floor, '/99/0')))
})
