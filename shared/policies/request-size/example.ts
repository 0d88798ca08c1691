import type { PolicyExample } from '../example.ts'
import type { RequestSizeSettings } from './schema.ts'

export const requestSizeExample: PolicyExample<RequestSizeSettings> = {
  settings: { maxBytes: 10 },
  request: { method: 'POST', path: '/hello', headers: { 'content-type': 'text/plain' }, body: 'hello, hello' },
  answer: { status: 413, headers: { 'content-type': 'application/problem+json' } }
}
