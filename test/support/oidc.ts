import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { Provider } from 'oidc-provider'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { request } from 'undici'
import { startTarget } from './egress.ts'

/** A real authorization server (OpenID Connect) on loopback, by the real clock. */
export interface AuthorizationServer {
  issuer: string
  jwksUrl: string
  introspectionUrl: string
  client: { id: string, secret: string }
  /** An access token by client credentials: a JWT for an API that has a name, an opaque one otherwise. */
  token: (options: { resource?: string, scope: string }) => Promise<string>
  /** Ends an opaque token (RFC 7009). */
  revoke: (token: string) => Promise<void>
  /** From now on it signs with another key; the one before stays published, or does not. */
  rotate: (keepOld: boolean) => Promise<void>
}

const client = { id: 'mobile-app', secret: 'a secret of some length, for tests' }

export async function startAuthorizationServer (t: Test): Promise<AuthorizationServer> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  const { origin: issuer } = await startTarget(t, (incoming, response) => handle(incoming, response))
  let keys = [await makeKey()]
  const serve = (): void => { handle = new Provider(issuer, configure(keys)).callback() }
  serve()
  const post = async (path: string, form: Record<string, string>): Promise<unknown> => {
    const authorization = `Basic ${Buffer.from(`${client.id}:${encodeURIComponent(client.secret)}`).toString('base64')}`
    const { statusCode, body } = await request(`${issuer}${path}`, {
      method: 'POST', headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form).toString()
    })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    introspectionUrl: `${issuer}/token/introspection`,
    client,
    token: async form => {
      const { access_token: token } = await post('/token', { grant_type: 'client_credentials', ...form }) as { access_token: string }
      return token
    },
    revoke: async token => void await post('/token/revocation', { token }),
    rotate: async keepOld => {
      keys = [await makeKey(), ...(keepOld ? keys : [])]
      serve()
    }
  }
}

async function makeKey (): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  // The server names them by their thumbprints.
  return { ...await exportJWK(privateKey), use: 'sig', alg: 'RS256' }
}

function configure (keys: readonly JWK[]): Record<string, unknown> {
  return {
    jwks: { keys },
    clients: [{ client_id: client.id, client_secret: client.secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
    scopes: ['orders:read', 'orders:write'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: (_context: unknown, resource: string) =>
          ({ audience: resource, scope: 'orders:read orders:write', accessTokenFormat: 'jwt', accessTokenTTL: 300, jwt: { sign: { alg: 'RS256' } } })
      }
    },
    cookies: { keys: ['of no use here'] },
    ttl: { ClientCredentials: 300 }
  }
}
