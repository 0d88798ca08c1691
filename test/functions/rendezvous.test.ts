import t from 'tap'
import { chooseSlot } from '../../data-plane/functions/rendezvous.ts'

const gateways = Array.from({ length: 3_000 }, (_value, n) => `gateway${n}`)

t.test('gateways spread evenly', async t => {
  for (const slots of [1, 2, 3, 8]) {
    const counts = new Map<number, number>()
    for (const id of gateways) {
      const slot = chooseSlot(id, slots)
      counts.set(slot, (counts.get(slot) ?? 0) + 1)
    }
    t.equal(counts.size, slots)
    for (const count of counts.values()) t.ok(Math.abs(count - gateways.length / slots) < gateways.length / slots / 4, `${count} of ${gateways.length} in one of ${slots}`)
  }
})

t.test('one slot more moves only the gateways that it takes', async t => {
  const moved = gateways.filter(id => chooseSlot(id, 4) !== chooseSlot(id, 5))
  t.ok(moved.every(id => chooseSlot(id, 5) === 4))
  t.ok(moved.length < gateways.length / 4)
})
