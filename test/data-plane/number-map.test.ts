import { randomInt } from 'node:crypto'
import t from 'tap'
import { NumberMap } from '../../data-plane/number-map.ts'
import { collect } from '../support/collect.ts'

t.test('it has what a map has, whatever comes and goes', async t => {
  const map = new NumberMap<{ of: number }>()
  const like = new Map<number, { of: number }>()
  // Few numbers, so that many come again; some next to each other, as identifiers are, and some at the end of what there is.
  const numbers = [...Array.from({ length: 200 }, (_, index) => index), ...Array.from({ length: 50 }, () => randomInt(2 ** 32)), 2 ** 32 - 1]
  const wrong: string[] = []
  for (let step = 0; step < 20_000; step++) {
    const number = numbers[randomInt(numbers.length)]!
    if (randomInt(2) === 0) {
      const value = { of: number }
      map.set(number, value)
      like.set(number, value)
    } else if (map.delete(number) !== like.delete(number)) wrong.push(`${number} deleted, step ${step}`)
    const asked = numbers[randomInt(numbers.length)]!
    if (map.get(asked) !== (like.get(asked) ?? null) || map.size !== like.size) wrong.push(`${asked} asked for, step ${step}`)
  }
  t.strictSame(wrong, [])
  t.strictSame(new Set(map.values()), new Set(like.values()))
  map.clear()
  t.strictSame([map.size, map.values(), map.get(1)], [0, [], null])
})

t.test('what was taken out is held by nothing', async t => {
  const map = new NumberMap<object>()
  const held = fillAndEmpty(map)
  t.equal(map.size, 0)
  // A WeakRef holds what it was made of until the turn has ended.
  await new Promise(resolve => setImmediate(resolve))
  collect()
  t.equal(held.filter(value => value.deref() !== undefined).length, 0)
})

function fillAndEmpty (map: NumberMap<object>): Array<WeakRef<object>> {
  return Array.from({ length: 1_000 }, (_, number) => {
    const value = {}
    map.set(number, value)
    map.delete(number)
    return new WeakRef(value)
  })
}
