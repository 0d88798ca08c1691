import type { PolicyExample } from '../example.ts'
import type { RedirectSettings } from './schema.ts'

export const redirectExample: PolicyExample<RedirectSettings> = {
  settings: { rules: [{ path: '/v1/*', to: 'https://v1.shop.example/*' }, { path: '/start', to: '/hello', status: 302 }] },
  request: { path: '/v1/orders?page=2' },
  answer: { status: 308, headers: { location: 'https://v1.shop.example/orders?page=2' }, body: '' }
}
