import { isDeepStrictEqual } from 'node:util'
import { Problem } from '#shared/errors.ts'
import type { UpstreamSettings, UpstreamTimeouts } from '#shared/upstreams.ts'
import { upstreamSettingsOf, type Upstream } from '../store/documents.ts'
import { maxUpstreams, type UpstreamDraft } from '../upstreams/schema.ts'
import { settledUpstream } from '../upstreams/settled.ts'
import { joined, leftOver, type EnvironmentSubject, type Part } from './part.ts'

/** Where the upstreams of an environment are. */
export function planUpstreams (subject: EnvironmentSubject): Part {
  const { gatewayId, environment, wanted, before, prune, pointer } = subject
  if (wanted?.upstreams === undefined) return { steps: [], writes: [] }
  const named = new Set(Object.keys(wanted.upstreams))
  const current = new Map((before?.upstreams ?? []).map(upstream => [upstream.name, upstream]))
  const others = [...current.values()].filter(({ name }) => !named.has(name))
  const count = named.size + (prune ? 0 : others.length)
  if (count > maxUpstreams) {
    const detail = `would make ${count} upstreams in ${environment}, which can have ${maxUpstreams}`
    throw new Problem('upstream_limit_reached', `It ${detail}.`, { errors: [{ pointer: `${pointer}/upstreams`, detail }] })
  }
  const removals = others.map(({ name, revision }) =>
    leftOver(subject, { resource: 'upstream', environment, name }, { write: 'removeUpstream', with: [{ gatewayId, environment }, name, revision] }))
  return joined([...Object.entries(wanted.upstreams).map(([name, draft]) => planUpstream(subject, current.get(name) ?? null, name, draft)), ...removals])
}

function planUpstream ({ gatewayId, environment, now, pointer }: EnvironmentSubject, before: Upstream | null, name: string, draft: UpstreamDraft): Part {
  const thing = { resource: 'upstream', environment, name } as const
  const after = settledUpstream(draft, `${pointer}/upstreams/${name}`)
  const fields = before === null ? [] : differingFields(before, after)
  if (before !== null && fields.length === 0) return { steps: [{ action: 'unchanged', ...thing }], writes: [] }
  const upstream = { name, ...after, createdAt: before?.createdAt ?? now, updatedAt: now }
  return {
    steps: [before === null ? { action: 'created', ...thing } : { action: 'changed', ...thing, fields }],
    writes: [{ write: 'putUpstream', with: [{ gatewayId, environment }, upstream, before?.revision ?? null] }]
  }
}

function differingFields (before: Upstream, { timeouts, ...after }: UpstreamSettings): string[] {
  const { timeouts: timeoutsBefore, ...others } = upstreamSettingsOf(before)
  return [
    ...differing<UpstreamTimeouts>(timeoutsBefore, timeouts).map(name => `/timeouts/${name}`),
    ...differing(others, after).map(name => `/${name}`)
  ]
}

function differing<Settings extends object> (before: Settings, after: Settings): string[] {
  const names = Object.keys({ ...before, ...after }) as Array<keyof Settings & string>
  return names.filter(name => !isDeepStrictEqual(before[name], after[name])).sort()
}
