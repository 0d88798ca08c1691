import type { PolicyExample } from '../example.ts'
import type { TrafficSplitSettings } from './schema.ts'

export const trafficSplitExample: PolicyExample<TrafficSplitSettings> = {
  settings: {
    rules: [
      { match: { headers: { 'x-team': 'beta' } }, upstreams: [{ name: 'next', weight: 1 }] },
      { match: { routes: ['catalog'] }, upstreams: [{ name: 'next', weight: 10 }, { weight: 90 }] }
    ]
  },
  request: { path: '/hello' },
  answer: { status: 200, body: 'hello' }
}
