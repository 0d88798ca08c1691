import type { FieldError } from '../../errors.ts'
import type { PolicyModule } from '../policy.ts'
import type { RedirectSettings } from './schema.ts'

export const redirect: PolicyModule<RedirectSettings> = {
  priority: 800,
  check: ({ rules }, pointer) => rules.flatMap(({ path, to }, index): FieldError[] =>
    to.endsWith('*') && !path.endsWith('*') ? [{ pointer: `${pointer}/rules/${index}/to`, detail: 'cannot end with "*" where path does not' }] : []),
  compile: ({ rules, keepQuery = true }) => {
    const compiled = rules.map(compileRule)
    return {
      admit: ({ path, query }) => {
        for (const { targetOf, status } of compiled) {
          const target = targetOf(path)
          if (target === null) continue
          const location = keepQuery && query !== '' && !target.includes('?') ? `${target}?${query}` : target
          return { kind: 'answer', status, headers: { location }, body: '' }
        }
        return null
      }
    }
  }
}

function compileRule ({ path, to, status = 308 }: RedirectSettings['rules'][number]): { targetOf: (path: string) => string | null, status: number } {
  if (!path.endsWith('*')) return { status, targetOf: asked => asked === path ? to : null }
  const prefix = path.slice(0, -1)
  if (!to.endsWith('*')) return { status, targetOf: asked => asked.startsWith(prefix) ? to : null }
  const base = to.slice(0, -1)
  return { status, targetOf: asked => asked.startsWith(prefix) ? keepHost(base + asked.slice(prefix.length)) : null }
}

/** RFC 3986, section 4.2: two slashes at the beginning would name another host. What was asked for must not. */
function keepHost (target: string): string {
  return target.startsWith('//') ? `/${target.replace(/^\/+/, '')}` : target
}
