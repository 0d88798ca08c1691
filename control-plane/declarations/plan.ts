import { setImmediate } from 'node:timers/promises'
import { joined, leftOver, type EnvironmentSubject, type Part, type Subject } from './part.ts'
import { planClients } from './plan-clients.ts'
import { planGateway } from './plan-gateway.ts'
import { planRoutes } from './plan-routes.ts'
import { planUpstreams } from './plan-upstreams.ts'
import { planVariables } from './plan-variables.ts'

/** Decides what an import comes to. Writes nothing. @throws {Problem} where it cannot be */
export async function planImport (subject: Subject): Promise<Part> {
  const { names, ...gateway } = planGateway(subject)
  const functions = planFunctions(subject)
  const environments = names.map(environment => environmentSubject(subject, environment))
  return joined([
    gateway,
    ...await each(environments, planVariables),
    ...await each(environments, planUpstreams),
    ...await each(environments, planClients),
    functions,
    ...await each(environments, planRoutes)
  ])
}

async function each (environments: readonly EnvironmentSubject[], plan: (subject: EnvironmentSubject) => Part): Promise<Part[]> {
  const parts: Part[] = []
  for (const environment of environments) {
    // Others are to be answered in between.
    await setImmediate()
    parts.push(plan(environment))
  }
  return parts
}

function planFunctions (subject: Subject): Part {
  const { gatewayId, document, state, functions } = subject
  const parts = functions.map(({ name, current, fields, drafts }): Part => {
    if (drafts === null) return { steps: [{ action: 'unchanged', resource: 'function', name }], writes: [] }
    return {
      steps: [current === null ? { action: 'created', resource: 'function', name } : { action: 'changed', resource: 'function', name, fields }],
      writes: [{ write: 'saveFunction', with: [drafts.fn, drafts.version, current?.revision ?? null, null] }]
    }
  })
  const named = new Set(Object.keys(document.functions ?? {}))
  const others = document.functions === undefined || state === null ? [] : [...state.functions.values()].filter(({ name }) => !named.has(name))
  const removals = others.map(({ name, revision }) =>
    leftOver(subject, { resource: 'function', name }, { write: 'deleteFunction', with: [gatewayId, name, revision, null] }))
  return joined([...parts, ...removals])
}

function environmentSubject (subject: Subject, environment: string): EnvironmentSubject {
  const index = subject.document.environments?.findIndex(({ name }) => name === environment) ?? -1
  return {
    ...subject,
    environment,
    wanted: subject.document.environments?.[index] ?? null,
    before: subject.state?.environments.find(({ environment: { name } }) => name === environment) ?? null,
    pointer: `/environments/${index}`
  }
}
