import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { createSecretBox, createSecretKey, secretPlace } from '#shared/secret-box.ts'
import { createSecretOpener } from '../../data-plane/edge/secrets.ts'
import { startEdge, type TestFunction } from '../support/edge.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { recordingLogger } from '../support/replica.ts'

const env: TestFunction = (_call, fn) => ({ status: 200, headers: [['content-type', 'application/json']], body: JSON.stringify([fn.key, fn.variables]) })
const prod = { gatewayId: 'shop', environment: 'prod' }
const host = 'shop.api.localhost'

t.test('a function is given its secrets opened, and its key shows nothing of them but that they changed', async t => {
  const key = createSecretKey()
  const box = createSecretBox([key])
  const edge = await startEdge(t, { functions: { hello: env }, openSecret: createSecretOpener({ secretKeys: [key], dataDir: '/nowhere' }) })
  const give = async (secrets: Record<string, string>): Promise<[key: string, variables: Record<string, string>]> => {
    edge.addGateway('shop', { plugins: { none: {} }, variables: { A: 'plain' }, secrets })
    return (await edge.traffic(host, '/hello')).json as [string, Record<string, string>]
  }
  const first = box.seal('one', secretPlace(prod, 'TOKEN'))
  const [before, variables] = await give({ TOKEN: first })
  t.strictSame(variables, { A: 'plain', TOKEN: 'one' })
  t.equal((await give({ TOKEN: first }))[0], before)
  const [after, changed] = await give({ TOKEN: box.seal('two', secretPlace(prod, 'TOKEN')) })
  t.strictSame(changed, { A: 'plain', TOKEN: 'two' })
  t.not(after, before)
  t.not((await give({}))[0], before)
})

t.test('where a secret cannot be opened, no function of that environment runs, and nothing else is the worse for it', async t => {
  const { logger, lines } = recordingLogger('error')
  const ours = createSecretKey()
  const edge = await startEdge(t, { functions: { hello: env }, logger, openSecret: createSecretOpener({ secretKeys: [ours], dataDir: '/nowhere' }) })
  const moved = createSecretBox([ours]).seal('hunter2', secretPlace({ ...prod, environment: 'dev' }, 'TOKEN'))
  const foreign = createSecretBox([createSecretKey()]).seal('hunter2', secretPlace(prod, 'TOKEN'))
  for (const [name, sealed] of Object.entries({ moved, foreign, junk: 'v1.hunter2' })) {
    edge.addGateway('shop', { plugins: { none: {}, cors: { allowOrigins: ['https://a.example'] } }, secrets: { TOKEN: sealed } })
    edge.addGateway('books', { plugins: { none: {} } })
    for (let n = 0; n < 2; n++) {
      const answer = await edge.traffic(host, '/hello', { headers: { origin: 'https://a.example' } })
      t.match(answer, { status: 503, json: { code: 'function_unavailable' }, headers: { 'access-control-allow-origin': 'https://a.example' } }, name)
      t.notMatch(answer.text, /TOKEN|hunter2/)
    }
    t.match(await edge.traffic(host, '/other'), { status: 404 })
    t.equal((await edge.traffic('books.api.localhost', '/hello')).status, 200)
  }
  t.match(lines(), [1, 2, 3].map(() => ({ ...prod, variable: 'TOKEN' })), 'said once for each state of the environment')
  t.equal(lines().length, 3)
  t.notMatch(JSON.stringify(lines()), /hunter2/)
})

t.test('without the setting the keys are those in the data directory, whenever they come', async t => {
  const dataDir = temporaryDirectory(t)
  const file = path.join(dataDir, 'secret-key')
  const open = createSecretOpener({ secretKeys: null, dataDir })
  const [oldKey, newKey] = [createSecretKey(), createSecretKey()]
  const sealed = createSecretBox([oldKey]).seal('hunter2', 'place')
  t.throws(() => open(sealed, 'place'), /IMPRUN_SECRET_KEY is not set, and .*secret-key cannot be read/)
  writeFileSync(file, 'junk')
  t.throws(() => open(sealed, 'place'), /does not hold keys/)
  writeFileSync(file, `${newKey}\n${oldKey}\n`)
  t.equal(open(sealed, 'place'), 'hunter2')
  rmSync(file)
  t.throws(() => open(sealed, 'place'), { name: 'SecretError' })
})
