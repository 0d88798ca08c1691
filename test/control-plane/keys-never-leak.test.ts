import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { adminToken, dataPlaneToken, startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'

t.test('a plaintext key is in the one answer that makes it, and nowhere else', async t => {
  const { admin, url, dataDir, logs } = await startControlPlane(t)
  const environment = '/api-gateways/shop/environments/dev'
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const made = (await admin('POST', `${environment}/clients`, { name: 'Mobile' })).json as { id: string, apiKey: string }
  const client = `${environment}/clients/${made.id}`
  const regenerated = (await admin('POST', `${client}/regenerate-key`, { overlapSeconds: 60 })).json as { apiKey: string }
  const keys = [made.apiKey, regenerated.apiKey]

  // Whoever puts a key or a token where it does not belong must not find it written down.
  const answers = await Promise.all([
    admin('GET', client),
    admin('GET', `${environment}/clients`),
    admin('PATCH', client, { description: 'changed' }),
    admin('PATCH', client, { apiKey: keys[0] }),
    admin('POST', `${environment}/clients`, { name: 'Mobile' }),
    admin('POST', `${environment}/clients`, { name: { key: keys[0] } }),
    admin('GET', `/api-gateways?key=${keys[1]}`),
    admin('GET', `${environment}/clients/${keys[0]}`),
    admin('GET', `${environment}/clients/abc/${keys[0]}`),
    admin('GET', `/api-gateways?cursor=${keys[1]}`),
    admin('GET', '/api-gateways', undefined, { 'x-api-key': keys[1]!, 'if-none-match': keys[1]! }),
    admin('PATCH', '/api-gateways/shop', { config: { plugins: { cors: { allowOrigins: [keys[0]] } } } })
  ])
  const malformed = await (await fetch(`${url}/v1/api-gateways`, {
    method: 'POST', headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }, body: `{"name": ${keys[0]}`
  })).text()
  const feed = JSON.stringify(await readFeed(t, url, { until: message => message.type === 'commit' }))
  const files = await Promise.all((await readdir(dataDir)).map(async name => await readFile(path.join(dataDir, name), 'latin1')))
  const places = { logs: logs(), malformed, feed, answers: answers.map(({ text }) => text).join('\n'), store: files.join('\n') }
  for (const [place, text] of Object.entries(places)) {
    t.ok(text.length > 100, `${place} has something in it`)
    for (const secret of [...keys, ...keys.map(key => key.slice(8, 40)), adminToken, dataPlaneToken]) t.notOk(text.includes(secret), `${place} does not have it`)
  }
})
