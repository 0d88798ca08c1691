import t from 'tap'
import type { FeedCanary } from '#shared/feed.ts'
import { compileCanary, isOwn, type CompiledCanary } from '../../data-plane/canaries/choice.ts'

const unused = (): never => { throw new Error('nobody asks for it') }
const canary = (weight: number, number = 1): CompiledCanary => {
  const feed: FeedCanary = { release: { number, routes: [] }, weight, header: null }
  return compileCanary('shop-prod', feed, unused)
}
const crowds = {
  'random ids': (n: number) => Math.imul(n + 1, 0x9e3779b1).toString(36) + Math.imul(n + 7, 0x85ebca6b).toString(36),
  'ids that differ in their last digits': (n: number) => `client${n}`,
  addresses: (n: number) => `10.1.${n >> 8}.${n & 255}`
}

for (const [kind, name] of Object.entries(crowds)) {
  const crowd = Array.from({ length: 10_000 }, (_, n) => name(n))
  const own = (who: CompiledCanary): string[] => crowd.filter(one => isOwn(who, one))

  t.test(`a weight is a share of ${kind}`, async t => {
    for (const [weight, tolerance] of [[5, 100], [25, 200], [50, 250]] as const) {
      const { length } = own(canary(weight))
      t.ok(Math.abs(length - weight * 100) <= tolerance, `${weight} %: ${length} of 10,000`)
    }
    t.equal(own(canary(0)).length, 0)
    t.equal(own(canary(100)).length, 10_000)
  })

  t.test(`a greater weight keeps all that a smaller one had of ${kind}`, async t => {
    const sets = [0.01, 0.1, 1, 33.33, 66.67, 99.99].map(weight => new Set(own(canary(weight))))
    sets.reduce((smaller, greater, n) => {
      t.ok(smaller.isSubsetOf(greater), `step ${n}`)
      return greater
    })
  })

  t.test(`one canary says nothing about the next one of ${kind}`, async t => {
    const first = new Set(own(canary(50, 1)))
    for (const number of [2, 3, 100]) {
      const both = own(canary(50, number)).filter(one => first.has(one)).length
      t.ok(Math.abs(both - 2_500) <= 250, `release ${number} shares ${both} of 10,000`)
    }
  })
}

t.test('hundredths of a per cent count', async t => {
  t.equal(canary(0.29).ownBuckets, 29)
  t.equal(canary(33.33).ownBuckets, 3_333)
})
