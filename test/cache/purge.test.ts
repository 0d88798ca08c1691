import t from 'tap'
import { addPurge, noPurges, type CachePurges } from '#shared/cache-purges.ts'
import { host, numbered, startCached } from '../support/cached.ts'
import type { TestEdge } from '../support/edge.ts'
import { holdFirst } from '../support/held-answers.ts'

function purge (edge: TestEdge, cachePurges: CachePurges): void {
  const route = { functionName: 'hello', versionId: 'v1', methods: ['GET' as const], path: '/*', timeoutMs: 1_000 }
  edge.commit({ type: 'environment', gatewayId: 'shop', environment: 'prod', value: { plugins: {}, variables: {}, secrets: {}, cachePurges, release: { number: 1, routes: [route] }, canary: null, previews: [] } })
}

t.test('what was purged is asked for anew, by path and by tag, and nothing else', async t => {
  const { edge, ask } = await startCached(t, ({ path }, number) => ({ status: 200, headers: [['cache-control', 'max-age=60'], ['cache-tag', `${path.slice(1)}, all ,,x`]], body: String(number) }))
  const paths = ['/a', '/a?b', '/b', '/c/d', '/c/e']
  const texts = async (): Promise<string[]> => await Promise.all(paths.map(async path => (await ask(path)).text))
  let purges = noPurges
  let before = await texts()
  for (const [what, gone] of [
    [{ paths: ['/a'] }, [true, true, false, false, false]],
    [{ paths: ['/c/*'] }, [false, false, false, true, true]],
    [{ tags: ['b'] }, [false, false, true, false, false]],
    [{ tags: ['all'], paths: ['/nothing'] }, [true, true, true, true, true]],
    [{ tags: ['All'] }, [false, false, false, false, false]],
    [null, [true, true, true, true, true]]
  ] as const) {
    purges = addPurge(purges, what === null ? null : { ...'paths' in what && { paths: [...what.paths] }, ...'tags' in what && { tags: [...what.tags] } })
    purge(edge, purges)
    const after = await texts()
    t.strictSame(after.map((text, index) => text !== before[index]), gone, JSON.stringify(what))
    before = after
  }
})

t.test('what was on its way when it was purged is not kept', async t => {
  const { answer, asked, goOn } = holdFirst({ 'cache-control': 'max-age=60' })
  const { edge, ask } = await startCached(t, answer)
  const first = ask()
  await asked
  purge(edge, addPurge(noPurges, null))
  t.match(await ask('/other'), { text: '2' })
  goOn()
  t.match(await first, { text: '1' })
  t.match(await ask(), { text: '3' })
})

t.test('it is gone from memory as soon as the purge is known', async t => {
  const { edge, ask } = await startCached(t, numbered({ 'cache-control': 'max-age=60' }))
  const held = async (): Promise<unknown> => ((await edge.traffic('127.0.0.1', '/healthz?verbose')).json as { cache: { heldBytes: number } }).cache.heldBytes
  await ask()
  t.not(await held(), 0)
  purge(edge, addPurge(noPurges, null))
  t.equal(await held(), 0)
  t.equal((await edge.traffic(host, '/a')).status, 200)
})
