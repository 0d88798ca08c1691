import type { PolicyDecision, PolicyModule } from '../policy.ts'
import type { MockingSettings } from './schema.ts'

export const mocking: PolicyModule<MockingSettings> = {
  // After whatever else may refuse the request: what is made up is no reason to let anyone in.
  priority: 100,
  compile: ({ routes }) => {
    const answers = new Map(Object.entries(routes).map(([name, answer]) => [name, compileAnswer(answer)]))
    return { meet: ({ route }) => answers.get(route!.name) ?? null }
  }
}

function compileAnswer ({ status = 200, headers = {}, body }: MockingSettings['routes'][string]): PolicyDecision {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (body === undefined) return { kind: 'answer', status, headers: lower, body: '' }
  const isText = typeof body === 'string'
  return {
    kind: 'answer', status, headers: { 'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json', ...lower }, body: isText ? body : JSON.stringify(body)
  }
}
