import t from 'tap'
import { clients, environmentNames, secretNames } from '../../examples/bookshop/definition.ts'
import { drive } from '../../examples/bookshop/drive.ts'
import { setUp, type Keys } from '../../examples/bookshop/setup.ts'
import { adminToken, startControlPlane } from '../support/control-plane.ts'
import { changesOf, declarationsOf } from '../support/declarations.ts'
import { startPlatform } from '../support/platform.ts'

const gateway = '/api-gateways/bookshop'

t.test('the bookshop is taken to another platform as a document, and answers there as it did', { timeout: 55_000 }, async t => {
  const first = await startControlPlane(t)
  await setUp({ controlUrl: first.url, dataUrl: first.url, adminToken, baseDomain: 'localhost' })
  const { text } = await declarationsOf(first.url).export('bookshop')

  const platform = await startPlatform(t)
  const { admin } = platform
  const { import: write, export: read } = declarationsOf(platform.controlUrl, platform.adminToken)
  const made = await write('bookshop', text)
  t.match(made, { status: 201 })
  const left = changesOf(made.json).filter(line => !line.startsWith('created '))
  t.strictSame(left, environmentNames.flatMap(name => secretNames.map(secret => `missing secret ${name}/${secret}`)))

  const keys: Record<string, Record<string, string>> = {}
  for (const name of environmentNames) {
    const environment = `${gateway}/environments/${name}`
    for (const secret of secretNames) await admin('PUT', `${environment}/variables/${secret}`, { value: `${secret} of ${name}, long enough to sign with`, secret: true })
    const { items } = (await admin('GET', `${environment}/clients`)).json as { items: Array<{ id: string, name: string }> }
    t.strictSame(items.map(client => client.name).sort(), [...clients].sort())
    keys[name] = {}
    for (const { id, name: client } of items) keys[name][client] = ((await admin('POST', `${environment}/clients/${id}/regenerate-key`, {})).json as { apiKey: string }).apiKey
  }
  t.equal((await read('bookshop')).text, text)
  t.match((await write('bookshop', text)).json, { changed: false })
  t.ok(await drive({ ...platform, baseDomain: 'localhost' }, keys as Keys) > 50)
})
