import t from 'tap'
import { SecretError, createSecretBox, createSecretKey } from '#shared/secret-box.ts'

const place = 'shop/dev/TOKEN'

t.test('what is sealed opens in its place, and looks different each time', async t => {
  const box = createSecretBox([createSecretKey()])
  for (const text of ['', 'hunter2', 'ü'.repeat(1000), '\0']) t.equal(box.open(box.seal(text, place), place), text)
  t.not(box.seal('a', place), box.seal('a', place))
  t.notMatch(box.seal('plain-text-secret', place), /plain/)
})

t.test('elsewhere, altered or with another key it does not open', async t => {
  const box = createSecretBox([createSecretKey()])
  const sealed = box.seal('hunter2', place)
  t.throws(() => box.open(sealed, 'shop/prod/TOKEN'), SecretError)
  t.throws(() => createSecretBox([createSecretKey()]).open(sealed, place), SecretError)
  const parts = sealed.split('.')
  for (const index of [0, 1, 2, 3]) {
    const altered = parts.with(index, parts[index]!.replace(/^./, first => first === 'A' ? 'B' : 'A')).join('.')
    t.throws(() => box.open(altered, place), SecretError, `part ${index}`)
  }
  for (const junk of ['', '.', 'v1', 'v1...', sealed.slice(0, -30)]) t.throws(() => box.open(junk, place), SecretError, junk)
})

t.test('a rotation: the new key in front seals, the old one still opens', async t => {
  const [oldKey, newKey] = [createSecretKey(), createSecretKey()]
  const sealed = createSecretBox([oldKey]).seal('hunter2', place)
  const rotating = createSecretBox([newKey, oldKey])
  t.equal(rotating.open(sealed, place), 'hunter2')
  t.equal(rotating.isStale(sealed), true)
  t.equal(rotating.isStale(rotating.seal('x', place)), false)
})

t.test('a key of the wrong length is refused', async t => {
  t.throws(() => createSecretBox(['abc']), SecretError)
  t.throws(() => createSecretBox([]), SecretError)
})
