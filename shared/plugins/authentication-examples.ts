import type { PolicyExample } from '../policies/example.ts'
import type { authenticationSchemas } from './authentication-schemas.ts'
import type { Plugins } from './plugins.ts'

/** Of nobody's. */
const authority = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBkjCCATmgAwIBAgIUYBwGrvRs5wpUkyFlNcEtXRp8spswCgYIKoZIzj0EAwIw',
  'HjEcMBoGA1UEAwwTQ2xpZW50cyBvZiB0aGUgc2hvcDAgFw0yNjExMjMxNzMzMzRa',
  'GA8yMTI1MDYxNzE3MzMzNFowHjEcMBoGA1UEAwwTQ2xpZW50cyBvZiB0aGUgc2hv',
  'cDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLiMHahrYnHeVBFfIOQWRzbDNF8Z',
  'QAdPxljiwe/kaYBDqUCAYtuaJiYCIm4qoC9Q7vYBYMa1rBgWDWRPpQdKlyWjUzBR',
  'MB0GA1UdDgQWBBQJNhb95Mfr1zNNZaW1HnGAbM/paDAfBgNVHSMEGDAWgBQJNhb9',
  '5Mfr1zNNZaW1HnGAbM/paDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cA',
  'MEQCIEJAcx7esZYl+7sREIoWBevv3JBW80qo/ecF/rsXrKj3AiAibU5YZqBMk4pF',
  'x2Gbw0PIq3jerpGd7B93LFfm7lbLnA==',
  '-----END CERTIFICATE-----'
].join('\n')

/** One of each: what becomes of whoever does not say who it is. */
export const authenticationExamples: { [Name in keyof typeof authenticationSchemas]: PolicyExample<NonNullable<Plugins[Name]>> } = {
  authentication: {
    settings: { maxStalenessSeconds: 3600, cutStreams: true },
    request: { path: '/hello' },
    answer: { status: 401, headers: { 'www-authenticate': 'ApiKey realm="imprun", Bearer realm="imprun"' } }
  },
  'key-auth': {
    settings: { headers: ['x-shop-key'], bearer: false },
    request: { path: '/hello', headers: { 'x-shop-key': 'imp_prod_made-up' } },
    answer: { status: 401, headers: { 'www-authenticate': 'ApiKey realm="imprun"' } }
  },
  'basic-auth': {
    settings: {},
    request: { path: '/hello', headers: { authorization: 'Basic bW9iaWxlOm1hZGUtdXA=' } },
    answer: { status: 401, headers: { 'www-authenticate': 'Basic realm="imprun", charset="UTF-8"' } }
  },
  'hmac-auth': {
    settings: { components: ['@method', '@path'], maxAgeSeconds: 60 },
    request: { path: '/hello', headers: { 'signature-input': 'sig=("@method" "@path");created=1893456000;keyid="mobile/2026"', signature: 'sig=:bWFkZS11cA==:' } },
    answer: { status: 401, headers: { 'www-authenticate': 'Signature realm="imprun"', 'accept-signature': 'sig=("@method" "@path");created;keyid' } }
  },
  'jwt-auth': {
    settings: { issuer: 'https://login.example.com', audience: 'https://api.example.com', jwksUrl: 'https://login.example.com/jwks', clientClaim: 'azp' },
    request: { path: '/hello' },
    answer: { status: 401, headers: { 'www-authenticate': 'Bearer realm="imprun"' } }
  },
  'oauth2-introspection': {
    settings: { url: 'https://login.example.com/introspect', clientId: 'gateway', clientSecretVariable: 'OAUTH_SECRET' },
    request: { path: '/hello' },
    answer: { status: 401, headers: { 'www-authenticate': 'Bearer realm="imprun"' } }
  },
  'mtls-auth': {
    settings: { ca: authority },
    request: { path: '/hello' },
    answer: { status: 401, headers: { 'www-authenticate': 'Certificate realm="imprun"' } }
  },
  none: {
    settings: {},
    request: { path: '/hello' },
    answer: { status: 200, body: 'hello' }
  }
}
