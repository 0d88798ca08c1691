import { Problem } from '#shared/errors.ts'
import type { Variable } from '../store/documents.ts'
import type { StoreWrite } from '../store/store.ts'
import { maxVariables } from '../variables/schema.ts'
import { joined, leftOver, type EnvironmentSubject, type Part } from './part.ts'
import type { Step } from './schema.ts'

/** Variables with their values; of secrets, whether they are there. */
export function planVariables (subject: EnvironmentSubject): Part {
  const { wanted, before } = subject
  const current = new Map((before?.variables ?? []).map(variable => [variable.name, variable]))
  const variables = Object.entries(wanted?.variables ?? {}).map(([name, value]) => planVariable(subject, current.get(name) ?? null, name, value))
  const secrets = (wanted?.secrets ?? []).map((name): Part => ({ steps: [secretStep(subject, current.get(name) ?? null, name)], writes: [] }))
  const named = new Set([...Object.keys(wanted?.variables ?? {}), ...wanted?.secrets ?? []])
  const others = [...current.values()].filter(({ name, secret }) => !named.has(name) && (secret ? wanted?.secrets : wanted?.variables) !== undefined)
  const plan = joined([...variables, ...secrets, ...others.map(variable => planRemoval(subject, variable))])
  requireRoom(subject, current, plan.writes)
  return plan
}

function planVariable ({ gatewayId, environment, now }: EnvironmentSubject, before: Variable | null, name: string, value: string): Part {
  const thing = { resource: 'variable', environment, name } as const
  const fields = [...(before?.secret ? ['/secret'] : []), ...(before?.value !== value ? ['/value'] : [])]
  if (before !== null && fields.length === 0) return { steps: [{ action: 'unchanged', ...thing }], writes: [] }
  const variable = { name, value, secret: false, createdAt: before?.createdAt ?? now, updatedAt: now }
  return {
    steps: [before === null ? { action: 'created', ...thing } : { action: 'changed', ...thing, fields }],
    writes: [{ write: 'putVariable', with: [{ gatewayId, environment }, variable, before?.revision ?? null] }]
  }
}

/** A document has no value for it, and none is made up. */
function secretStep ({ environment }: EnvironmentSubject, before: Variable | null, name: string): Step {
  const thing = { resource: 'secret', environment, name } as const
  if (before?.secret === true) return { action: 'unchanged', ...thing }
  const note = before === null ? 'Put its value, with "secret": true.' : 'It is a plain variable. Put a new value, with "secret": true.'
  return { action: 'missing', ...thing, note }
}

function planRemoval (subject: EnvironmentSubject, { name, secret, revision }: Variable): Part {
  const { gatewayId, environment } = subject
  const thing = { resource: secret ? 'secret' : 'variable', environment, name } as const
  return leftOver(subject, thing, { write: 'removeVariable', with: [{ gatewayId, environment }, name, revision] })
}

function requireRoom ({ environment, pointer }: EnvironmentSubject, current: ReadonlyMap<string, Variable>, writes: readonly StoreWrite[]): void {
  const names = new Set(current.keys())
  for (const write of writes) {
    if (write.write === 'removeVariable') names.delete(write.with[1])
    if (write.write === 'putVariable') names.add(write.with[1].name)
  }
  if (names.size <= maxVariables) return
  const detail = `would make ${names.size} variables in ${environment}, which can have ${maxVariables}`
  throw new Problem('variable_limit_reached', `It ${detail}.`, { errors: [{ pointer: `${pointer}/variables`, detail }] })
}
