import t from 'tap'
import { createSlots } from '../../../data-plane/schedules/slots.ts'

/** Work that ends when the test says. */
function createWork () {
  const begun: string[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  return {
    begun,
    run: (name: string) => async (): Promise<void> => {
      begun.push(name)
      const end = Promise.withResolvers<void>()
      ends.set(name, end)
      await end.promise
    },
    /** Resolves when what follows has begun. */
    end: async (name: string): Promise<void> => {
      ends.get(name)!.resolve()
      await new Promise(resolve => setImmediate(resolve))
    }
  }
}

t.test('an owner has so many at a time, and all together so many', async t => {
  const { begun, run, end } = createWork()
  const slots = createSlots({ count: 3, perOwner: 2 })
  const all = ['a1', 'a2', 'a3', 'b1', 'b2'].map(name => slots.use(name[0]!, run(name)))
  t.strictSame(begun, ['a1', 'a2', 'b1'])
  await end('b1')
  t.strictSame(begun.slice(3), ['b2'], 'a3 waits for one of its own')
  await end('a1')
  t.strictSame(begun.slice(4), ['a3'])
  for (const name of ['a2', 'a3', 'b2']) await end(name)
  await Promise.all(all)
})

t.test('who has a thousand waiting does not keep another from its turn', async t => {
  const { begun, run, end } = createWork()
  const slots = createSlots({ count: 2, perOwner: 2 })
  const many = Array.from({ length: 1_000 }, (_, i) => slots.use('many', run(`many${i}`)))
  const one = slots.use('one', run('one'))
  t.strictSame(begun, ['many0', 'many1'])
  await end('many0')
  t.strictSame(begun.slice(2), ['many2'])
  await end('many1')
  t.strictSame(begun.slice(3), ['one'])
  await end('one')
  await one
  for (let i = 2; i < 1_000; i++) await end(`many${i}`)
  await Promise.all(many)
})

t.test('work that fails gives its slot back', async t => {
  const slots = createSlots({ count: 1, perOwner: 1 })
  await t.rejects(slots.use('a', async () => { throw new Error('no') }), /no/)
  t.equal(await slots.use('a', async () => 1), 1)
})
