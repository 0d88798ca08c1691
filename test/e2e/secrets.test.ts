import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { createSecretKey } from '#shared/secret-box.ts'
import { startPlatform, temporaryDirectory, type Platform } from '../support/platform.ts'
import { openShop, shopOf } from '../support/shop.ts'
import { until } from '../support/until.ts'

const source = 'export default ctx => { console.log("said"); return { length: ctx.env.TOKEN?.length, is: ctx.env.TOKEN === ctx.query.is } }'
const variable = '/api-gateways/shop/environments/dev/variables/TOKEN'

/** All bytes of all files, in every form that a text may have there. */
async function filesWith (directory: string, text: string): Promise<string[]> {
  const entries = (await readdir(directory, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const forms = [text, Buffer.from(text).toString('base64').slice(0, -4), Buffer.from(text).toString('hex')]
  const found = await Promise.all(entries.map(async entry => {
    const file = path.join(entry.parentPath, entry.name)
    const bytes = await readFile(file)
    return forms.some(form => bytes.includes(form)) ? [file] : []
  }))
  return found.flat()
}

t.test('a secret reaches its functions without a redeploy, and no file and no line of the log, also over a rotation of keys', async t => {
  const dataDir = temporaryDirectory(t)
  const [oldKey, newKey] = [createSecretKey(), createSecretKey()]
  const start = async (keys: string): Promise<Platform> =>
    await startPlatform(t, { dataDir, env: { IMPRUN_LOG_LEVEL: 'trace', IMPRUN_ACCESS_LOG: 'file', IMPRUN_SECRET_KEY: keys } })
  const outputs: string[] = []

  const first = await start(oldKey)
  const shop = await openShop(first)
  await shop.configure('dev', { none: {} })
  await shop.save('check', '/check', source)
  await shop.askUntil('dev', '/check', answer => answer.status === 200)
  const secrets = ['the-first-secret-of-all', 'the-second-secret-of-all']
  for (const secret of secrets) {
    t.match(await first.admin('PUT', variable, { value: secret, secret: true }), { json: { value: null } })
    await shop.askUntil('dev', '/check', answer => (answer.json as { length?: number }).length === secret.length)
    // In a form that access logs do not hold, which are the caller's own words.
    t.match(await shop.ask('dev', `/check?is=${Buffer.from(secret).toString('hex').replaceAll(/../g, '%$&')}`), { json: { is: true } })
  }
  await first.close()
  outputs.push(first.output())

  const second = await start(`${newKey},${oldKey}`)
  const { value } = await shopOf(second).askUntil('dev', '/check', answer => answer.status === 200)
  t.match(value.json, { length: secrets[1]!.length })
  await until('sealed again', second.output, output => output.includes('"resealed":1'))
  await second.close()
  outputs.push(second.output())

  for (const secret of secrets) {
    t.strictSame(await filesWith(dataDir, secret), [])
    for (const output of outputs) t.notOk(output.includes(secret), 'nor in the output')
  }
  t.match(outputs[0], /"said"/, 'the output was looked at while it had something to say')
  t.ok((await filesWith(dataDir, 'TOKEN')).some(file => /replica\.sqlite(?:-wal)?$/.test(file)), 'and so were the files')
})
