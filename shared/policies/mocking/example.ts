import type { PolicyExample } from '../example.ts'
import type { MockingSettings } from './schema.ts'

export const mockingExample: PolicyExample<MockingSettings> = {
  settings: { routes: { hello: { headers: { 'x-mocked': 'yes' }, body: { greeting: 'hello' } } } },
  request: { path: '/hello' },
  answer: { status: 200, headers: { 'content-type': 'application/json', 'x-mocked': 'yes' }, body: '{"greeting":"hello"}' }
}
