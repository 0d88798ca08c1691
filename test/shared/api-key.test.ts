import t from 'tap'
import { createApiKey, hashApiKey, parseApiKey } from '#shared/api-key.ts'

t.test('a new key has the documented form and parses', async t => {
  for (const environment of ['dev', 'prod', 'eu-west', 'a1234567890123456789']) {
    const key = createApiKey(environment)
    t.match(key, /^imp_[a-z0-9-]+_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/)
    t.strictSame(parseApiKey(key), { environment, last4: key.slice(-4) })
  }
})

t.test('any single wrong character is noticed without a look-up', async t => {
  const key = createApiKey('dev')
  for (let i = 0; i < key.length; i++) {
    const other = key[i] === 'x' ? 'y' : 'x'
    t.equal(parseApiKey(key.slice(0, i) + other + key.slice(i + 1)), null, `position ${i}`)
  }
})

t.test('junk is no key', async t => {
  for (const junk of ['', 'imp_', 'imp_dev_', 'x'.repeat(10_000), `imp_dev_${'0'.repeat(32)}_000000`, ` ${createApiKey('dev')}`, `${createApiKey('dev')}\n`]) {
    t.equal(parseApiKey(junk), null, JSON.stringify(junk.slice(0, 20)))
  }
})

t.test('keys do not repeat and the pepper changes the hash', async t => {
  const keys = new Set(Array.from({ length: 1000 }, () => createApiKey('dev')))
  t.equal(keys.size, 1000)
  const [key] = keys
  t.match(hashApiKey(key!, null), /^[0-9a-f]{64}$/)
  t.not(hashApiKey(key!, null), hashApiKey(key!, 'pepper-of-the-operator'))
})
