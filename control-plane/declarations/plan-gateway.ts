import { isDeepStrictEqual } from 'node:util'
import { Problem } from '#shared/errors.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { firstDefaultEnvironment, firstEnvironments } from '../api-gateways/service.ts'
import { escapePointer } from '../field-errors.ts'
import type { ApiGateway, Environment } from '../store/documents.ts'
import { servesNothing } from '../store/serving.ts'
import type { Draft } from '../store/store.ts'
import type { Part, Subject } from './part.ts'
import type { Step } from './schema.ts'

/** The gateway and which environments it has, with the settings of both. `names`: those that it has then, in the order of the pipeline. */
export function planGateway (subject: Subject): Part & { names: string[] } {
  const { names, removed } = pipelineOf(subject)
  const settings = planSettings(subject, names, removed)
  const environments = names.map(name => planEnvironment(subject, name))
  const gateway = planDocument(subject, settings.draft, environments.flatMap(({ isNew, draft }) => isNew ? draft : []))
  const removals = removed.map(name => subject.state!.environments.find(({ environment }) => environment.name === name)!.environment)
  return {
    names,
    steps: [
      ...gateway.steps,
      ...settings.steps,
      ...environments.flatMap(({ steps }) => steps),
      ...removals.map(({ name }): Step => ({ action: 'removed', resource: 'environment', name }))
    ],
    writes: [
      ...gateway.writes,
      ...removals.map(({ gatewayId, name, revision }) => ({ write: 'deleteEnvironment', with: [gatewayId, name, revision] }) as const),
      ...environments.flatMap(({ writes }) => writes)
    ]
  }
}

/** Those of the document in its order; those that stay beside them stand where they stood. */
function pipelineOf ({ document, state, prune }: Subject): { names: string[], removed: string[] } {
  const current = state?.gateway.environments ?? []
  const named = document.environments?.map(({ name }) => name)
  if (named === undefined) return { names: state === null ? [...firstEnvironments] : current, removed: [] }
  const others = current.filter(name => !named.includes(name))
  if (prune) return { names: named, removed: others }
  const names = [...named]
  for (const name of others) names.splice(names.indexOf(current[current.indexOf(name) - 1] ?? '') + 1, 0, name)
  return { names, removed: [] }
}

function planSettings ({ gatewayId, document, state, prune, now }: Subject, environments: string[], removed: string[]): { draft: Draft<ApiGateway>, steps: Step[] } {
  const before = state?.gateway
  const usual = environments.includes(firstDefaultEnvironment) ? firstDefaultEnvironment : environments.at(-1)!
  const defaultEnvironment = document.defaultEnvironment ?? before?.defaultEnvironment ?? usual
  if (!environments.includes(defaultEnvironment)) {
    const detail = removed.includes(defaultEnvironment) ? `must name another one: ${defaultEnvironment} would be removed` : `must be one of ${environments.join(', ')}`
    throw new Problem('validation_failed', undefined, { errors: [{ pointer: '/defaultEnvironment', detail }] })
  }
  const { plugins, steps } = planPlugins({ before: before?.config.plugins, wanted: document.config?.plugins, prune, pointer: '' })
  const draft = {
    id: gatewayId,
    name: document.name,
    description: document.description ?? before?.description ?? '',
    defaultEnvironment,
    environments,
    config: { plugins },
    createdAt: before?.createdAt ?? now,
    updatedAt: now
  }
  return { draft, steps }
}

function planDocument ({ state }: Subject, draft: Draft<ApiGateway>, environments: Array<Draft<Environment>>): Part {
  const thing = { resource: 'gateway', name: draft.id } as const
  if (state === null) return { steps: [{ action: 'created', ...thing }], writes: [{ write: 'createGateway', with: [draft, environments] }] }
  const { gateway } = state
  const members = ['name', 'description', 'defaultEnvironment', 'environments'] as const
  const fields = members.filter(member => !isDeepStrictEqual(draft[member], gateway[member])).map(member => `/${member}`)
  const isSame = fields.length === 0 && isDeepStrictEqual(draft.config, gateway.config)
  return {
    steps: [fields.length === 0 ? { action: 'unchanged', ...thing } : { action: 'changed', ...thing, fields }],
    writes: [
      ...(isSame ? [] : [{ write: 'replaceGateway', with: [draft, gateway.revision] } as const]),
      // Their places in the pipeline they have by then.
      ...environments.map(environment => ({ write: 'createEnvironment', with: [environment] }) as const)
    ]
  }
}

function planEnvironment ({ gatewayId, document, state, prune, now }: Subject, name: string): Part & { isNew: boolean, draft: Draft<Environment> } {
  const before = state?.environments.find(({ environment }) => environment.name === name)?.environment
  const index = document.environments?.findIndex(wanted => wanted.name === name) ?? -1
  const wanted = document.environments?.[index]?.config?.plugins
  const { plugins, steps } = planPlugins({ before: before?.config.plugins, wanted, prune, environment: name, pointer: `/environments/${index}` })
  const draft = { gatewayId, name, config: { plugins }, ...servesNothing, createdAt: before?.createdAt ?? now, updatedAt: now }
  const action = before === undefined ? 'created' : document.environments !== undefined && index === -1 ? 'kept' : 'unchanged'
  const isSame = before === undefined || isDeepStrictEqual(before.config, draft.config)
  return {
    isNew: before === undefined,
    draft,
    steps: [{ action, resource: 'environment', name }, ...steps],
    writes: isSame ? [] : [{ write: 'replaceEnvironment', with: [draft, before.revision] }]
  }
}

interface PluginSubject { before: Plugins | undefined, wanted: Plugins | undefined, prune: boolean, environment?: string, pointer: string }

/** Each is one thing, which is replaced as a whole. */
function planPlugins ({ before = {}, wanted, prune, environment, pointer }: PluginSubject): { plugins: Plugins, steps: Step[] } {
  if (wanted === undefined) return { plugins: before, steps: [] }
  const step = (action: Step['action'], name: string, rest: Partial<Step> = {}): Step =>
    ({ action, resource: 'plugin', ...(environment !== undefined && { environment }), name, ...rest })
  const others = Object.keys(before).filter(name => !Object.hasOwn(wanted, name)) as Array<keyof Plugins>
  const plugins = { ...(prune ? {} : Object.fromEntries(others.map(name => [name, before[name]]))), ...wanted }
  const errors = checkPlugins(plugins, `${pointer}/config/plugins`)
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
  const named = (Object.keys(wanted) as Array<keyof Plugins>).map(name => {
    if (before[name] === undefined) return step('created', name)
    const fields = differingMembers(before[name], wanted[name]!)
    return fields.length === 0 ? step('unchanged', name) : step('changed', name, { fields })
  })
  return { plugins, steps: [...named, ...others.map(name => step(prune ? 'removed' : 'kept', name))] }
}

function differingMembers (before: object, after: object): string[] {
  const [old, fresh] = [new Map(Object.entries(before)), new Map(Object.entries(after))]
  const members = [...new Set([...old.keys(), ...fresh.keys()])].sort()
  return members.filter(member => !isDeepStrictEqual(old.get(member), fresh.get(member))).map(member => `/${escapePointer(member)}`)
}
