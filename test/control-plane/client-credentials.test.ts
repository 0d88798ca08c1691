import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { declarationsOf } from '../support/declarations.ts'

const clients = '/api-gateways/shop/environments/dev/clients'
const pem = readFileSync(new URL('../support/tls/clients/mobile.pem', import.meta.url), 'utf8')
const publicKey = (kind: 'ed25519' | 'ec'): string => kind === 'ed25519'
  ? generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })
  : generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })

t.test('a client has signing keys and certificates, which its owner can replace and take away', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const key = { id: 'a', algorithm: 'ed25519', publicKey: publicKey('ed25519') }
  const secret = { id: 'b', algorithm: 'hmac-sha256', secretVariable: 'SIGNING' }
  const thumbprint = { kind: 'thumbprint', value: 'AB:'.repeat(31) + 'CD' }
  const created = await admin('POST', clients, { name: 'Mobile', signingKeys: [key, secret], certificates: [{ kind: 'pem', value: pem }, thumbprint, { kind: 'dns', value: 'Mobile.Example' }] })
  t.match(created, { status: 201, json: { signingKeys: [key, secret] } })
  const { id, certificates } = created.json as { id: string, certificates: unknown[] }
  t.match(certificates, [{ kind: 'thumbprint', value: /^[0-9a-f]{64}$/ }, { kind: 'thumbprint', value: `${'ab'.repeat(31)}cd` }, { kind: 'dns', value: 'mobile.example' }])

  const invalid: Array<[body: object, pointer: string]> = [
    [{ signingKeys: [key, { ...key }] }, '/signingKeys/1/id'],
    [{ signingKeys: [{ ...key, publicKey: publicKey('ec') }] }, '/signingKeys/0/publicKey'],
    [{ signingKeys: [{ ...key, publicKey: pem }] }, '/signingKeys/0/publicKey'],
    [{ certificates: [{ kind: 'thumbprint', value: 'abc' }] }, '/certificates/0/value'],
    [{ certificates: [{ kind: 'pem', value: key.publicKey }] }, '/certificates/0/value']
  ]
  for (const [body, pointer] of invalid) t.match(await admin('PATCH', `${clients}/${id}`, body), { status: 400, json: { errors: [{ pointer }] } }, pointer)

  t.match(await admin('PATCH', `${clients}/${id}`, { name: 'Phone' }), { json: { name: 'Phone', signingKeys: [key, secret], certificates } })
  t.notHas((await admin('PATCH', `${clients}/${id}`, { signingKeys: null, certificates: [] })).json, { signingKeys: Array, certificates: Array })
})

t.test('a document carries them, and takes them away where it says so', async t => {
  const { admin, url } = await startControlPlane(t)
  const declarations = declarationsOf(url)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const certificates = [{ kind: 'dns', value: 'mobile.example' }]
  await admin('POST', clients, { name: 'Mobile', scopes: ['x'], certificates })
  const { text } = await declarations.export('shop', { accept: 'application/json' })
  const document: { environments: Array<{ clients: object[] }> } = JSON.parse(text)
  t.match(document.environments[0], { clients: [{ name: 'Mobile', scopes: ['x'], certificates }] })
  t.match(await declarations.import('shop', document), { json: { changed: false } })
  document.environments[0]!.clients[0] = { name: 'Mobile', certificates: [] }
  const { json: plan } = await declarations.import('shop', document)
  t.match(plan.steps.find(({ resource }) => resource === 'client'), { action: 'changed', fields: ['/certificates'] })
  const { json: { items: [client] } } = await admin('GET', clients) as { json: { items: object[] } }
  t.match(client, { name: 'Mobile', scopes: ['x'], certificates: undefined })
})
