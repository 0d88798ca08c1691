import type { PolicyExample } from '../example.ts'
import type { HeadersSettings } from './schema.ts'

export const headersExample: PolicyExample<HeadersSettings> = {
  settings: {
    request: { set: { 'x-tenant': 'shop' }, remove: ['cookie'] },
    response: { set: { 'strict-transport-security': 'max-age=31536000' }, default: { 'cache-control': 'no-store' } }
  },
  request: { path: '/hello' },
  answer: { status: 200, headers: { 'strict-transport-security': 'max-age=31536000', 'cache-control': 'no-store' }, body: 'hello' }
}
