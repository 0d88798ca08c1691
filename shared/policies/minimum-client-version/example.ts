import type { PolicyExample } from '../example.ts'
import type { MinimumClientVersionSettings } from './schema.ts'

export const minimumClientVersionExample: PolicyExample<MinimumClientVersionSettings> = {
  settings: { minimum: '2.4', upgradeUrl: 'https://shop.example/app' },
  request: { path: '/hello', headers: { 'x-client-version': '2.3.1' } },
  answer: { status: 426, headers: { link: '<https://shop.example/app>; rel="successor-version"' } }
}
