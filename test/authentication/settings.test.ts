import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { Plugins } from '#shared/plugins/plugins.ts'
import { checkPlugins, effectivePlugins } from '#shared/plugins/rules.ts'

const pem = (bits: number, part: 'publicKey' | 'privateKey' = 'publicKey'): string =>
  generateKeyPairSync('rsa', { modulusLength: bits, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })[part]
const pointers = (plugins: Plugins): string[] => checkPlugins(plugins, '').map(({ pointer }) => pointer)
const issuer = 'https://issuer.example'
const jwksUrl = `${issuer}/jwks`

t.test('settings of an authentication that could not work are refused', async t => {
  const cases: Array<[Plugins, string[]]> = [
    [{ 'key-auth': {}, 'basic-auth': {}, authentication: { order: ['basic-auth'] } }, []],
    [{ none: {}, 'basic-auth': {} }, ['/none']],
    [{ 'key-auth': {}, authentication: { order: ['key-auth', 'jwt-auth'] } }, ['/authentication/order/1']],
    [{ 'key-auth': { headers: ['x-key', 'Authorization', 'transfer-encoding'] } }, ['/key-auth/headers/1', '/key-auth/headers/2']],
    [{ 'jwt-auth': { issuer, jwksUrl } }, []],
    [{ 'jwt-auth': { issuer, publicKey: pem(2048) } }, []],
    [{ 'jwt-auth': { issuer, secretVariable: 'S', algorithms: ['HS512'] } }, []],
    [{ 'jwt-auth': { issuer } }, ['/jwt-auth']],
    [{ 'jwt-auth': { issuer, jwksUrl, secretVariable: 'S' } }, ['/jwt-auth']],
    [{ 'jwt-auth': { issuer, jwksUrl, algorithms: ['RS256', 'HS256'] } }, ['/jwt-auth/algorithms/1']],
    [{ 'jwt-auth': { issuer, secretVariable: 'S', algorithms: ['RS256'] } }, ['/jwt-auth/algorithms/0']],
    [{ 'jwt-auth': { issuer, publicKey: pem(1024) } }, ['/jwt-auth/publicKey']],
    [{ 'jwt-auth': { issuer, publicKey: pem(2048, 'privateKey') } }, ['/jwt-auth/publicKey']],
    [{ 'jwt-auth': { issuer, publicKey: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' } }, ['/jwt-auth/publicKey']],
    [{ 'jwt-auth': { issuer, jwksUrl: 'http://issuer.example/' } }, ['/jwt-auth/jwksUrl']],
    [{ 'jwt-auth': { issuer, jwksUrl: 'http://issuer.example/', allowHttp: true } }, []],
    [{ 'jwt-auth': { issuer, jwksUrl: 'https://[x/' } }, ['/jwt-auth/jwksUrl']],
    [{ 'mtls-auth': { ca: readFileSync(new URL('../support/tls/clients/ca.pem', import.meta.url), 'utf8').repeat(2) } }, []],
    [{ 'mtls-auth': { ca: readFileSync(new URL('../support/tls/clients/mobile.pem', import.meta.url), 'utf8') } }, ['/mtls-auth/ca']],
    [{ 'mtls-auth': { ca: pem(2048) } }, ['/mtls-auth/ca']],
    [{ 'oauth2-introspection': { url: 'http://issuer.example/', clientId: 'a', clientSecretVariable: 'S' } }, ['/oauth2-introspection/url']]
  ]
  for (const [plugins, expected] of cases) t.strictSame(pointers(plugins), expected, JSON.stringify(plugins).slice(0, 100))
})

t.test('the authentication of an environment is one choice', async t => {
  const gateway: Plugins = { 'key-auth': {}, 'basic-auth': {}, authentication: { anonymousClient: 'A' }, cors: { allowOrigins: ['*'] } }
  t.strictSame(effectivePlugins(gateway, {}), gateway)
  t.strictSame(effectivePlugins(gateway, { none: {} }), { cors: gateway.cors, none: {} })
  t.strictSame(effectivePlugins(gateway, { 'jwt-auth': { issuer, jwksUrl } }), { cors: gateway.cors, 'jwt-auth': { issuer, jwksUrl } })
  t.strictSame(effectivePlugins({ none: {} }, { 'basic-auth': {}, 'limit-count': { count: 1, windowSeconds: 1 } }), { 'basic-auth': {}, 'limit-count': { count: 1, windowSeconds: 1 } })
})
