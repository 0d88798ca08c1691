import t, { type Test } from 'tap'
import { readConfig, type Config } from '#shared/config.ts'
import { createLogger } from '#shared/log.ts'
import { Admission } from '../../data-plane/overload/admission.ts'
import { shareOut } from '../../data-plane/overload/loads.ts'

/** Its own clock looks too, and finds that nothing is late: but what a test says comes in between. */
function startAdmission (t: Test, settings: Partial<Config> = {}): Admission {
  let turn = 0
  // Evenly spread, so that what is let in is what was meant to be.
  const random = (): number => (turn++ * 0.618_033_988_75) % 1
  const admission = new Admission({ settings: { ...readConfig({}), ...settings }, logger: createLogger('test', 'silent'), random })
  t.teardown(() => admission.close())
  return admission
}

function ask (admission: Admission, gatewayId: string, requests: number): number {
  let admitted = 0
  for (let i = 0; i < requests; i++) if (admission.admits(gatewayId)) admitted++
  return admitted
}

t.test('who asks for least gets all of it, and the others as much as each other', async t => {
  const demands = [800, 300, 90, 10].map(requests => ({ load: { share: 1 }, requests }))
  const granted = (): number[] => demands.map(({ load, requests }) => Math.round(load.share * requests))
  shareOut(demands, 1)
  t.strictSame(granted(), [800, 300, 90, 10])
  shareOut(demands, 0.5)
  t.strictSame(granted(), [250, 250, 90, 10])
  shareOut(demands, 0.05)
  t.strictSame(granted(), [17, 17, 17, 10])
})

t.test('while there is too much to do the gateway that asks for the most is turned away', async t => {
  const admission = startAdmission(t)
  let now = performance.now()
  t.equal(ask(admission, 'flood', 2_000) + ask(admission, 'quiet', 20), 2_020, 'as long as nothing is late')
  for (let i = 0; i < 6; i++) admission.look(300, now += 200)
  t.ok(admission.counts.shed >= 0.9)
  const admitted = ask(admission, 'flood', 1_000)
  t.ok(admitted > 0 && admitted < 300, `${admitted} of the flood`)
  t.equal(ask(admission, 'quiet', 10), 10)
  t.equal(admission.counts.shedForDelay, 1_000 - admitted)
  for (let i = 0; i < 30; i++) admission.look(0, now += 200)
  t.equal(admission.counts.shed, 0)
  t.equal(ask(admission, 'flood', 1_000), 1_000, 'when it is over')
})

t.test('one that is late once is none', async t => {
  const admission = startAdmission(t)
  const now = performance.now()
  admission.look(0, now)
  admission.look(100, now + 100)
  t.equal(admission.counts.shed, 0, 'just what may be')
})

t.test('who has most waiting waits for no more', async t => {
  const admission = startAdmission(t, { maxWaitingRequests: 10 })
  const loads = Array.from({ length: 10 }, () => admission.begin('flood'))
  admission.look(0, performance.now())
  t.equal(ask(admission, 'flood', 5), 0)
  t.equal(ask(admission, 'quiet', 1), 1)
  for (let i = 0; i < 5; i++) admission.begin('quiet')
  t.equal(ask(admission, 'quiet', 1), 0, 'its part of it, and no more')
  for (const load of loads) admission.end(load)
  t.equal(ask(admission, 'flood', 5), 5)
  t.match(admission.counts, { waiting: 5, shedForWaiting: 6 })
})

t.test('memory for bodies is bounded, and no gateway has all of it', async t => {
  const admission = startAdmission(t, { maxBufferMb: 16 })
  const megabyte = 1024 * 1024
  t.ok(admission.take('flood', 8 * megabyte))
  t.notOk(admission.take('flood', 1))
  t.ok(admission.take('quiet', 8 * megabyte))
  t.notOk(admission.take('third', 1))
  admission.giveBack('flood', 8 * megabyte)
  t.ok(admission.take('third', 1))
  t.match(admission.counts, { heldBytes: 8 * megabyte + 1, shedForMemory: 2 })
})
