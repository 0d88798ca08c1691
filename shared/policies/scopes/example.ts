import type { PolicyExample } from '../example.ts'
import type { ScopesSettings } from './schema.ts'

export const scopesExample: PolicyExample<ScopesSettings> = {
  settings: { required: ['orders:read'] },
  request: { path: '/hello' },
  answer: { status: 403, headers: { 'www-authenticate': 'Bearer realm="imprun", error="insufficient_scope", scope="orders:read"' } }
}
