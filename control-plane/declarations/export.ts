import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { effectiveTimeouts, type UpstreamTimeouts } from '#shared/upstreams.ts'
import { draftOf } from '../clients/service.ts'
import { deployEnvironment } from '../functions/deployment.ts'
import type { FunctionDraft } from '../functions/schema.ts'
import { upstreamSettingsOf, type ClientApp, type CloudFunction, type Upstream } from '../store/documents.ts'
import { StoreError, type Store } from '../store/store.ts'
import type { UpstreamDraft } from '../upstreams/schema.ts'
import { apiVersion, kind, maxClients, maxDocumentBytes, maxEnvironments, maxFunctions, type EnvironmentDocument, type GatewayDocument } from './schema.ts'
import { settingsOf } from './sources.ts'
import { isStill, readNewest, readState, type EnvironmentState, type GatewayState } from './state.ts'

export interface Export {
  /** `null`: it is too large for a document. Files that several functions have alike are one object. */
  document: GatewayDocument | null
}

/** A gateway as a document that makes it again. @returns `null` without the gateway */
export async function exportGateway (store: Store, gatewayId: string): Promise<Export | null> {
  const state = await readState(store, gatewayId)
  if (state === null) return null
  if (!hasRoom(state)) return { document: null }
  const functions = await exportFunctions(store, state.functions)
  // Between a function and the release that serves it, somebody may have saved.
  if (!await isStill(store, state)) throw new StoreError('revision_mismatch', `${gatewayId} has changed while it was read`)
  return { document: functions && toDocument(state, functions) }
}

/** For what an import takes. */
function hasRoom ({ environments, functions }: GatewayState): boolean {
  const clients = environments.reduce((sum, { clients }) => sum + clients.length, 0)
  return environments.length <= maxEnvironments && clients <= maxClients && functions.size <= maxFunctions
}

/** Changes with every change that a document shows. */
export function documentTag (document: GatewayDocument, format: string): string {
  return `"${hash('sha256', JSON.stringify(document), 'hex').slice(0, 32)}.${format}"`
}

function toDocument ({ gateway, environments, functions }: GatewayState, drafts: Record<string, FunctionDraft>): GatewayDocument {
  const { id, name, description, defaultEnvironment, config } = gateway
  return {
    apiVersion, kind, id, name, description, defaultEnvironment, config,
    environments: environments.map(state => exportEnvironment(state, functions)),
    functions: drafts
  }
}

function exportEnvironment (state: EnvironmentState, functions: GatewayState['functions']): EnvironmentDocument {
  const { environment: { name, config, release }, variables, upstreams, clients } = state
  const serves = name === deployEnvironment ? differences(state, functions) : Object.fromEntries(versionsOf(state))
  return {
    name,
    config,
    variables: Object.fromEntries(variables.filter(({ secret }) => !secret).map(({ name, value }) => [name, value])),
    secrets: variables.filter(({ secret }) => secret).map(({ name }) => name),
    upstreams: Object.fromEntries(upstreams.map(exportUpstream)),
    clients: clients.map(exportClient).sort((a, b) => a.name < b.name ? -1 : 1),
    ...(release !== null && (name !== deployEnvironment || Object.keys(serves).length > 0) && { serves })
  }
}

function exportClient (client: ClientApp): NonNullable<EnvironmentDocument['clients']>[number] {
  const { scopes = [], ...draft } = draftOf(client)
  return { ...draft, ...(scopes.length > 0 && { scopes }) }
}

/** Without the time-outs that it would have anyway. */
function exportUpstream (upstream: Upstream): [name: string, draft: UpstreamDraft] {
  const { timeouts, ...settings } = upstreamSettingsOf(upstream)
  const standard = effectiveTimeouts()
  const said = Object.entries(timeouts).filter(([which, value]) => value !== standard[which as keyof UpstreamTimeouts])
  return [upstream.name, { ...settings, ...(said.length > 0 && { timeouts: Object.fromEntries(said) }) }]
}

function versionsOf ({ routes }: EnvironmentState): Array<[functionName: string, versionId: string]> {
  return routes.map(({ functionName, versionId }) => [functionName, versionId])
}

/** Saving deploys to dev: only what is otherwise has to be said. */
function differences (state: EnvironmentState, functions: GatewayState['functions']): Record<string, string | null> {
  const served = new Map(versionsOf(state))
  const missing = [...functions.keys()].filter(name => !served.has(name)).map(name => [name, null] as const)
  return Object.fromEntries([...versionsOf(state).filter(([name, id]) => functions.get(name)?.latestVersion !== id), ...missing])
}

async function exportFunctions (store: Store, functions: GatewayState['functions']): Promise<Record<string, FunctionDraft> | null> {
  const drafts: Record<string, FunctionDraft> = {}
  const known = new Map<string, FunctionDraft>()
  let bytes = 0
  for (const [name, fn] of functions) {
    // Others are to be answered in between.
    await setImmediate()
    const draft = await exportFunction(store, fn)
    drafts[name] = draft
    if (draft.files === undefined) continue
    const text = JSON.stringify(draft.files)
    const key = hash('sha256', text, 'hex')
    const same = known.get(key)
    if (same === undefined) {
      known.set(key, draft)
      bytes += Buffer.byteLength(text)
      if (bytes > 2 * maxDocumentBytes) return null
    }
    drafts[name] = { ...draft, files: same?.files ?? draft.files }
  }
  return drafts
}

/** Without what would be the same if it were left out. */
async function exportFunction (store: Store, fn: CloudFunction): Promise<FunctionDraft> {
  const { draft: { files, entrypoint, ...settings } } = await readNewest(store, fn)
  const whole = settingsOf(fn.name, settings)
  const said = Object.entries(settings).filter(([member]) => {
    if (member === 'methods' || member === 'path') return true
    return !isDeepStrictEqual(settingsOf(fn.name, { ...settings, [member]: undefined }), whole)
  })
  return { ...Object.fromEntries(said) as FunctionDraft, ...(entrypoint !== undefined && { entrypoint }), ...(files && { files }) }
}
