import type { PolicyDecision, PolicyModule } from '../policy.ts'
import type { ScopesSettings } from './schema.ts'

export const scopes: PolicyModule<ScopesSettings> = {
  // Of those that know the client the first: whoever may not do it learns nothing of what else would have been wrong.
  priority: 900,
  compile: ({ required, match = 'all' }) => {
    const missing: PolicyDecision = {
      kind: 'refusal',
      code: 'scope_missing',
      detail: `This needs ${match === 'all' || required.length === 1 ? 'the scope' : 'one of the scopes'} ${required.map(name => `"${name}"`).join(', ')}.`,
      // RFC 6750, section 3.1. Scopes have no quotes in them.
      headers: { 'www-authenticate': `Bearer realm="imprun", error="insufficient_scope", scope="${required.join(' ')}"` }
    }
    const suffices = match === 'all'
      ? (granted: readonly string[]) => required.every(name => granted.includes(name))
      : (granted: readonly string[]) => required.some(name => granted.includes(name))
    return { meet: ({ scopes: granted }) => granted !== null && suffices(granted) ? null : missing }
  }
}
