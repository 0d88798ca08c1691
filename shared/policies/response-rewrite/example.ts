import type { PolicyExample } from '../example.ts'
import type { ResponseRewriteSettings } from './schema.ts'

export const responseRewriteExample: PolicyExample<ResponseRewriteSettings> = {
  settings: { rules: [{ when: { codes: ['route_not_found'] }, status: 410, body: { error: 'This API has moved.' }, headers: { set: { link: '<https://new.example.com>; rel="successor-version"' } } }] },
  request: { path: '/nothing' },
  answer: { status: 410, headers: { 'content-type': 'application/json', link: '<https://new.example.com>; rel="successor-version"' }, body: '{"error":"This API has moved."}' }
}
