import type { PolicyExample } from '../example.ts'
import type { ProxyRewriteSettings } from './schema.ts'

export const proxyRewriteExample: PolicyExample<ProxyRewriteSettings> = {
  settings: { path: '/v2/greetings', query: { set: { lang: 'en' }, remove: ['debug'] }, host: 'greetings.example.com' },
  request: { path: '/hello?debug=1' },
  answer: { status: 200, body: 'hello' }
}
