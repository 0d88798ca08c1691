import t from 'tap'
import { byFunction, flameOf, type CpuProfile } from '../../bench/profile/flame.ts'
import { flamePage } from '../../bench/profile/flame-page.ts'

const folder = '/home/someone/imprun'

function node (id: number, functionName: string, url: string, children: number[] = [], lineNumber = 0): CpuProfile['nodes'][number] {
  return { id, callFrame: { functionName, url, lineNumber }, children }
}

const profile: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 5, 6, 9]),
    node(2, '(idle)', ''),
    node(3, 'serve', `file://${folder}/data-plane/edge/app.ts`, [4]),
    node(4, 'request', `file://${folder}/node_modules/undici/lib/request.js`),
    node(5, 'serve', `file://${folder}/data-plane/edge/app.ts`, [7]),
    node(6, '(garbage collector)', ''),
    node(7, '', `file://${folder}/data-plane/edge/app.ts`, [8], 11),
    node(8, 'serve', `file://${folder}/data-plane/edge/app.ts`),
    node(9, 'onread', 'node:net')
  ],
  startTime: 1_000,
  endTime: 2_000,
  samples: [2, 4, 3, 8, 6, 7, 9, 4],
  timeDeltas: [5, 100, 200, 30, 40, 50, 60, 70]
}

t.test('calls of one function are one frame, and idling is none', async t => {
  const { root, idle, elapsed } = flameOf(profile, folder)
  t.equal(idle, 100)
  t.equal(elapsed, 1_000)
  t.strictSame(root.children.map(({ name, place, kind, self, total }) => [name, place, kind, self, total]), [
    ['serve', 'data-plane/edge/app.ts', 'own', 30, 330],
    ['onread', 'node:net', 'node', 70, 70],
    ['(garbage collector)', '', 'engine', 50, 50]
  ])
  t.strictSame(root.children[0]!.children.map(({ name, place, kind, total }) => [name, place, kind, total]), [
    ['request', 'node_modules/undici/lib/request.js', 'package', 200],
    ['app.ts:12', 'data-plane/edge/app.ts', 'own', 100]
  ])
  t.equal(root.total, 450)
})

t.test('a function that calls itself does not take its time twice', async t => {
  const serve = byFunction(flameOf(profile, folder)).find(({ name }) => name === 'serve')
  t.match(serve, { self: 70, total: 330 })
  t.equal(byFunction(flameOf(profile, folder))[0]?.name, 'request')
})

t.test('a frame is as wide as its share, stands below who called it, and says what it took', async t => {
  const text = flamePage('imprun: edge', flameOf(profile, folder))
  t.match(text, '<svg x="0%" y="18" width="44.444%" height="18"><title>request node_modules/undici/lib/request.js\nwith what it called 44.4 %, 0 ms; itself 44.4 %')
  t.match(text, 'Ran 0 ms of 1 ms (45.0 %)')
})

t.test('names of functions are text', async t => {
  const nodes = [node(1, '(root)', '', [2]), node(2, '<script>', '"><script>')]
  t.notMatch(flamePage('x', flameOf({ ...profile, nodes, samples: [2, 2], timeDeltas: [0, 9] }, folder)), '<script')
})

t.test('a process that did nothing has nothing to show', async t => {
  const { root } = flameOf({ ...profile, nodes: [node(1, '(root)', '', [2]), node(2, '(idle)', '')], samples: [2, 2], timeDeltas: [0, 1_000] }, folder)
  t.match(root, { total: 0, children: [] })
  t.match(flamePage('x', { root, idle: 1_000, elapsed: 1_000 }), 'Ran 0 ms of 1 ms')
})
