import t from 'tap'
import { maxKvBatch, type KvAnswer, type KvRequest } from '#shared/kv.ts'
import { KvClient } from '../../data-plane/kv/client.ts'
import { UplinkError } from '../../data-plane/uplink.ts'
import { get, set } from '../contract/kv-operations.ts'
import { recordingLogger } from '../support/replica.ts'

interface Post {
  requests: KvRequest[]
  keys: string[]
  answer: (answers: unknown) => void
  fail: (error: Error) => void
}

interface Started {
  kv: KvClient
  /** The next one, in order. */
  post: () => Promise<Post>
  posts: Post[]
  lines: () => Array<Record<string, unknown>>
}

/** A client whose control plane is the test. */
function start (): Started {
  const posts: Post[] = []
  const waiting: Array<() => void> = []
  let given = 0
  const { logger, lines } = recordingLogger()
  const kv = new KvClient({
    logger,
    uplink: {
      post: async (matter, body) => await new Promise((resolve, reject) => {
        t.equal(matter, '/kv')
        const { requests } = body as { requests: KvRequest[] }
        posts.push({ requests, keys: requests.map(({ operation }) => 'key' in operation ? operation.key : ''), answer: answers => resolve({ answers }), fail: reject })
        waiting.shift()?.()
      })
    }
  })
  return {
    kv,
    posts,
    lines,
    post: async () => {
      if (given === posts.length) await new Promise<void>(resolve => { waiting.push(resolve) })
      return posts[given++]!
    }
  }
}

const ask = (key: string, environment = 'dev', gatewayId = 'shop'): KvRequest => ({ gatewayId, environment, operation: get(key) })
const done = (result: KvAnswer['result']): KvAnswer => ({ result, error: null })

t.test('what is asked in one turn goes in one request', async t => {
  const { kv, post, posts } = start()
  const answers = Promise.all([kv.run(ask('a')), kv.run(ask('b', 'prod')), kv.run(ask('c'))])
  const { requests, answer } = await post()
  t.strictSame(requests.map(({ environment, operation }) => `${environment} ${'key' in operation && operation.key}`), ['dev a', 'dev c', 'prod b'])
  answer([done(1), done(2), done(3)])
  t.strictSame(await answers, [done(1), done(3), done(2)])
  t.equal(posts.length, 1)
})

t.test('an environment has one request under way, others do not wait for it', async t => {
  const { kv, post, posts } = start()
  const first = kv.run(ask('a'))
  const one = await post()
  const second = [kv.run(ask('b')), kv.run(ask('c'))]
  const other = kv.run(ask('x', 'prod'))
  const two = await post()
  t.strictSame(two.keys, ['x'])
  two.answer([done(9)])
  t.strictSame(await other, done(9))
  t.equal(posts.length, 2)
  one.answer([done(1)])
  t.strictSame(await first, done(1))
  const three = await post()
  t.strictSame(three.keys, ['b', 'c'])
  three.answer([done(2), done(3)])
  t.strictSame(await Promise.all(second), [done(2), done(3)])
})

t.test('what the control plane has left out is asked again, in its order', async t => {
  const { kv, post } = start()
  const answers = ['a', 'b', 'c'].map(async key => await kv.run(ask(key)))
  ;(await post()).answer([done(1)])
  const later = kv.run(ask('d'))
  const again = await post()
  t.strictSame(again.keys, ['b', 'c', 'd'])
  again.answer([done(2), done(3), done(4)])
  t.strictSame(await Promise.all([...answers, later]), [done(1), done(2), done(3), done(4)])
})

t.test('a request has so many operations and bytes, and none waits for the thousands of another environment', async t => {
  const { kv, post } = start()
  const all = [...Array.from({ length: 1_000 }, (_value, n) => kv.run(ask(`k${n}`))), kv.run(ask('small', 'prod'))]
  const first = await post()
  t.equal(first.requests.length, maxKvBatch / 2 + 1)
  t.ok(first.keys.includes('small'))
  const seen: string[] = []
  for (let post_ = first; ; post_ = await post()) {
    seen.push(...post_.keys.filter(key => key !== 'small'))
    t.ok(post_.requests.length <= maxKvBatch)
    post_.answer(post_.requests.map(() => done(null)))
    if (seen.length === 1_000) break
  }
  await Promise.all(all)
  t.strictSame(seen, Array.from({ length: 1_000 }, (_value, n) => `k${n}`))

  const large = Array.from({ length: 20 }, (_value, n) => kv.run({ gatewayId: 'shop', environment: 'dev', operation: set(`${n}`, 'x'.repeat(65_536)) }))
  for (let n = 0; n < 20;) {
    const { requests, answer } = await post()
    t.ok(JSON.stringify(requests).length < 1_000_000)
    n += requests.length
    answer(requests.map(() => done(1)))
  }
  await Promise.all(large)
})

t.test('without a control plane everybody hears so, nothing is sent twice, and the operator reads it once', async t => {
  const { kv, post, posts, lines } = start()
  const failures: Array<(asked: Post) => void> = [
    asked => asked.fail(new UplinkError('unreachable', 'away')),
    asked => asked.fail(new UplinkError('refused', 'no', { status: 400, code: 'validation_failed' })),
    asked => asked.answer('text'),
    asked => asked.answer([]),
    asked => asked.answer([done(1), done(2), done(3)]),
    asked => asked.answer([null, null])
  ]
  for (const fail of failures) {
    const answers = Promise.all([kv.run(ask('a')), kv.run(ask('b'))])
    fail(await post())
    t.match(await answers, [{ error: { code: 'kv_unavailable' } }, { error: { code: 'kv_unavailable' } }])
  }
  t.equal(posts.length, failures.length)
  t.equal(lines().length, 1)
  const answer = kv.run(ask('a'))
  ;(await post()).answer([done(1)])
  t.strictSame(await answer, done(1))
  t.strictSame(lines().map(({ msg }) => msg), ['key-value stores cannot be reached', 'key-value stores are back'])
})

t.test('what waits has bounds, for each environment', async t => {
  const { kv, post } = start()
  const held = kv.run(ask('held'))
  const first = await post()
  const waiting = Array.from({ length: 4_100 }, (_value, n) => kv.run(ask(`k${n}`)))
  t.match(await waiting.at(-1), { error: { code: 'kv_unavailable', message: 'Too many operations wait for the key-value store.' } })
  const other = kv.run(ask('other', 'prod'))
  const second = await post()
  t.strictSame(second.keys, ['other'])
  second.answer([done(null)])
  first.answer([done(null)])
  await Promise.all([held, other])
  for (let left = 4_000; left > 0;) {
    const { requests, answer } = await post()
    left -= requests.length
    answer(requests.map(() => done(null)))
  }
  const answers = await Promise.all(waiting)
  t.equal(answers.filter(({ error }) => error !== null).length, 100)
})
