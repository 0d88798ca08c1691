import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { systemClock } from '#shared/clock.ts'
import { createSecretBox, createSecretKey, secretPlace } from '#shared/secret-box.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import { agreeOnSecretKeys } from '../../control-plane/secret-keys.ts'
import { startResealing } from '../../control-plane/variables/reseal.ts'
import { createGateway, ref, variable } from '../contract/documents.ts'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'
import { until } from '../support/until.ts'

const dev = ref('shop', 'dev')
const silent = pino({ level: 'silent' })

async function openStore (t: Parameters<typeof dataDirectory>[0]): Promise<Store> {
  const store = await openSqliteStore({ file: path.join(dataDirectory(t), 'store.sqlite'), clock: systemClock })
  t.teardown(async () => await store.close())
  await createGateway(store, 'shop')
  return store
}

async function reseal (store: Store, secretBox: ReturnType<typeof createSecretBox>): Promise<string> {
  const lines: string[] = []
  const { finished, close } = startResealing({ store, secretBox, logger: pino({ level: 'warn' }, { write: line => { lines.push(line) } }) })
  await finished
  await close()
  return lines.join('')
}

t.test('with a new key in front every secret is sealed again; then the old key can go', async t => {
  const [oldKey, newKey] = [createSecretKey(), createSecretKey()]
  const before = createSecretBox([oldKey])
  const store = await openStore(t)
  await createGateway(store, 'books')
  const places = ['shop', 'books'].flatMap(gatewayId => ['dev', 'prod'].flatMap(environment =>
    Array.from({ length: 60 }, (_, n) => ({ ref: ref(gatewayId, environment), name: `S${n}` }))))
  for (const { ref, name } of places) {
    await store.putVariable(ref, variable(name, before.seal(`${ref.environment} ${name}`, secretPlace(ref, name)), true), null)
  }
  await store.putVariable(dev, variable('PLAIN', 'v1.00000000.looks.sealed'), null)
  const revision = await store.revision()

  t.match(await reseal(store, createSecretBox([newKey, oldKey])), /"resealed":240,"failed":0/)
  t.equal(await store.revision(), revision + places.length, 'each by a write of its own')
  const after = createSecretBox([newKey])
  for (const { ref, name } of places) {
    const found = (await store.getVariable(ref, name))!
    t.equal(after.open(found.value, secretPlace(ref, name)), `${ref.environment} ${name}`)
    t.equal(found.updatedAt, variable('', '').updatedAt, 'nobody has changed its value')
  }
  t.match(await store.getVariable(dev, 'PLAIN'), { value: 'v1.00000000.looks.sealed' })
  t.equal(await reseal(store, after), '')
  t.equal(await store.revision(), revision + places.length, 'and then there is nothing left to do')
})

t.test('a secret that no key opens is named, stays as it is, and does not keep the others from it', async t => {
  const [oldKey, newKey] = [createSecretKey(), createSecretKey()]
  const store = await openStore(t)
  const lost = createSecretBox([createSecretKey()]).seal('lost', secretPlace(dev, 'A'))
  await store.putVariable(dev, variable('A', lost, true), null)
  await store.putVariable(dev, variable('B', createSecretBox([oldKey]).seal('kept', secretPlace(dev, 'B')), true), null)
  const log = await reseal(store, createSecretBox([newKey, oldKey]))
  t.match(log, /"environment":"dev","variable":"A"/)
  t.match(log, /"resealed":1,"failed":1/)
  t.equal((await store.getVariable(dev, 'A'))!.value, lost)
})

t.test('what is put or removed meanwhile is left alone', async t => {
  const [oldKey, newKey] = [createSecretKey(), createSecretKey()]
  const store = await openStore(t)
  const old = createSecretBox([oldKey])
  for (const name of ['A', 'B', 'C']) await store.putVariable(dev, variable(name, old.seal(name, secretPlace(dev, name)), true), null)
  let raced = false
  const racing: Store = {
    ...store,
    putVariable: async (environment, draft, expectedRevision) => {
      if (!raced) {
        raced = true
        await store.putVariable(dev, variable('A', 'plain now'), (await store.getVariable(dev, 'A'))!.revision)
        await store.removeVariable(dev, 'B', (await store.getVariable(dev, 'B'))!.revision)
      }
      return await store.putVariable(environment, draft, expectedRevision)
    }
  }
  t.match(await reseal(racing, createSecretBox([newKey, oldKey])), /"resealed":1,"failed":0/)
  t.match(await store.getVariable(dev, 'A'), { value: 'plain now', secret: false })
  t.equal(await store.getVariable(dev, 'B'), null)
  t.equal(createSecretBox([newKey]).open((await store.getVariable(dev, 'C'))!.value, secretPlace(dev, 'C')), 'C')
})

t.test('it ends when the control plane does, and the next start goes on', async t => {
  const [oldKey, newKey] = [createSecretKey(), createSecretKey()]
  const store = await openStore(t)
  await store.putVariable(dev, variable('A', createSecretBox([oldKey]).seal('a', secretPlace(dev, 'A')), true), null)
  const resealing = startResealing({ store, secretBox: createSecretBox([newKey, oldKey]), logger: silent })
  await resealing.close()
  const revision = await store.revision()
  await resealing.finished
  t.equal(await store.revision(), revision, 'nothing is written after it was closed')
})

t.test('who lacks the key that seals does not start', async t => {
  const [first, second, other] = [createSecretKey(), createSecretKey(), createSecretKey()]
  const store = await openStore(t)
  const agree = async (...keys: string[]): Promise<void> => await agreeOnSecretKeys(store, createSecretBox(keys))
  const refusal = { name: 'ConfigError', message: /IMPRUN_SECRET_KEY, or secret-key in the data directory, lacks the key/ }
  await agree(first)
  await agree(first)
  await t.rejects(agree(other), refusal)
  await agree(first, second)
  await t.rejects(agree(second), refusal, 'the first one seals, and nobody has begun with the new one')
  await agree(second, first)
  await t.rejects(agree(first), refusal, 'now the new one seals')
  await agree(first, second)
  await agree(second, first)
  await agree(second)
  t.equal(await store.revision(), 1)
})

t.test('the process makes its key once, for its owner alone, and seals again what an older key has sealed', async t => {
  const dataDir = path.join(dataDirectory(t), 'new')
  const file = path.join(dataDir, 'secret-key')
  const token = 'admin-token-of-the-tests'
  const env = { IMPRUN_DATA_DIR: dataDir, IMPRUN_ADMIN_TOKEN: token }
  const variable = '/v1/api-gateways/shop/environments/dev/variables/TOKEN'
  const send = async (url: string, method: string, place: string, body: object): Promise<number> => (await fetch(url + place, {
    method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify(body)
  })).status
  const revisionOf = async (url: string): Promise<string | null> =>
    (await fetch(url + variable, { headers: { authorization: `Bearer ${token}` } })).headers.get('etag')

  const first = forkControlPlane(t, env)
  const { url } = (await first.ready)!
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const made = (await readFile(file, 'utf8')).trim()
  await send(url, 'POST', '/v1/api-gateways', { id: 'shop', name: 'Shop' })
  t.equal(await send(url, 'PUT', variable, { value: 'hunter2', secret: true }), 201)
  const etag = await revisionOf(url)
  first.child.kill('SIGTERM')
  t.match(await first.exit, { code: 0 })

  const same = forkControlPlane(t, env)
  const again = (await same.ready)!
  t.equal((await readFile(file, 'utf8')).trim(), made)
  t.equal(await revisionOf(again.url), etag)
  same.child.kill('SIGTERM')
  t.match(await same.exit, { code: 0 })

  await writeFile(file, `${createSecretKey()}\n${made}\n`)
  const rotating = forkControlPlane(t, env)
  const rotated = (await rotating.ready)!
  await until('sealed again', async () => await revisionOf(rotated.url), current => current !== etag)
  rotating.child.kill('SIGTERM')
  t.match(await rotating.exit, { code: 0 })

  await writeFile(file, 'no key\n')
  const refused = forkControlPlane(t, env)
  t.equal(await refused.ready, null)
  t.match(await refused.exit, { code: 1, stderr: `imprun control-plane: ${file} does not hold keys of 32 bytes in base64url` })
})
