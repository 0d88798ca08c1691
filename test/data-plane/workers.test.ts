import { request } from 'undici'
import t from 'tap'
import { placeShared } from '../../data-plane/functions/placement.ts'
import { descendants, hasMapped, isAlive } from '../support/processes.ts'
import { applyBatch, clientItem, environmentItem, gatewayItem, keyHash } from '../support/replica.ts'
import { askAll, askWorker, startTestWorkers } from '../support/workers.ts'

t.test('all workers answer on one port, know the sandboxes and hear of every change', async t => {
  const { workers, writer, applied } = await startTestWorkers(t)
  workers.place(placeShared(['/run/one.sock', null]), null)
  const port = await workers.ready
  workers.push(applyBatch(writer, 3, [gatewayItem('shop'), environmentItem('shop', 'dev'), clientItem('shop', 'dev', 'mobile', [keyHash('a')])]))
  t.equal(await applied.next(), 3)
  for (const state of await askAll(port, 'state', 2)) {
    t.match(state, { sandboxes: ['/run/one.sock', null], revision: 3, changes: [{ revision: 0, all: true }, { revision: 3, all: true }] })
  }
  t.match(await askWorker(port, `key/${keyHash('a')}`), { clientId: 'mobile' })
})

t.test('the heap of a worker has a limit, so garbage does not lie there until it is half of the memory', async t => {
  const { workers } = await startTestWorkers(t, { count: 1 })
  const { heap_size_limit: bytes } = await askWorker(await workers.ready, 'heap')
  t.ok(Number(bytes) < 900e6, `${String(bytes)} bytes`)
})

t.test('a worker that dies is replaced, on the same port, with the state of now', async t => {
  const { workers, writer, applied, lines } = await startTestWorkers(t, { count: 1 })
  const port = await workers.ready
  workers.place(placeShared(['/run/one.sock']), null)
  workers.push(applyBatch(writer, 1, [gatewayItem('shop')]))
  t.equal(await applied.next(), 1)
  const { pid } = await askWorker(port, 'state')
  await t.rejects(request(`http://127.0.0.1:${port}/crash`))
  applyBatch(writer, 2, [gatewayItem('blog')])
  t.equal(await applied.next(), 2, 'it read the replica after it began to listen to changes')
  const state = await askWorker(port, 'state')
  t.match(state, { revision: 2, sandboxes: ['/run/one.sock'] })
  t.not(state.pid, pid)
  t.match(lines(), [{ level: 50, reason: 3, msg: /is replaced/ }])
})

t.test('one that opened a replica which was replaced before it was heard of serves the new one', { skip: process.platform !== 'linux' && 'Linux says which files are mapped' }, async t => {
  const { workers, writer, applied } = await startTestWorkers(t, { count: 1 })
  // Nothing is heard in this process until it has been done.
  for (let looks = 0; !hasReplicaOpen(); looks++) {
    if (looks > 6_000) throw new Error('the worker does not open its replica')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
  }
  workers.push(applyBatch(writer, 5, [gatewayItem('shop')]))
  t.equal(await applied.next(), 5)
  t.match(await askWorker(await workers.ready, 'state'), { revision: 5 })
})

function hasReplicaOpen (): boolean {
  const workers = descendants(process.pid).filter(({ command }) => command.includes('edge-worker'))
  return workers.some(({ pid }) => hasMapped(pid, '-shm'))
}

t.test('what is killed is replaced as well, while the others go on', async t => {
  const { workers } = await startTestWorkers(t)
  const port = await workers.ready
  const [first, second] = await askAll(port, 'state', 2)
  process.kill(Number(first!.pid), 'SIGKILL')
  let pids: unknown[]
  do pids = (await askAll(port, 'state', 2)).map(({ pid }) => pid)
  while (pids.includes(first!.pid))
  t.ok(pids.includes(second!.pid))
})

t.test('draining finishes what is in flight', async t => {
  const { workers, address } = await startTestWorkers(t)
  const port = await workers.ready
  const processes = descendants(process.pid).filter(({ command }) => command.includes('edge-worker'))
  t.equal(processes.length, 2)
  const { body } = await request(`http://127.0.0.1:${port}/hold`)
  await workers.close(10_000)
  t.equal(await body.text(), 'answered while draining')
  t.notOk(processes.some(isAlive))
  address.close()
  await t.rejects(request(`http://127.0.0.1:${port}/state`), { code: 'ECONNREFUSED' })
})

t.test('a worker has none of the secrets that it does not need', async t => {
  process.env.IMPRUN_ADMIN_TOKEN = 'admin-token-of-the-test'
  t.teardown(() => { delete process.env.IMPRUN_ADMIN_TOKEN })
  const { workers } = await startTestWorkers(t, { count: 1 })
  t.equal((await askWorker(await workers.ready, 'state')).adminToken, null)
})
