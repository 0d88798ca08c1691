import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ReleaseRoute } from '#shared/feed.ts'
import { representFunctionWithFiles, functionContent, type FunctionDraft } from '../functions/schema.ts'
import { servedRoutes } from '../releases/served.ts'
import type { ApiGateway, ClientApp, CloudFunction, Environment, FunctionVersion, Upstream, Variable } from '../store/documents.ts'
import { readAll } from '../store/read-all.ts'
import { maxClientsPerEnvironment, StoreError, type Store } from '../store/store.ts'
import { maxUpstreams } from '../upstreams/schema.ts'
import { maxVariables } from '../variables/schema.ts'

/** All of a gateway that a document speaks of, but for the texts of functions, which are read one by one. */
export interface GatewayState {
  gateway: ApiGateway
  /** In the order of the pipeline. */
  environments: EnvironmentState[]
  functions: ReadonlyMap<string, CloudFunction>
}

export interface EnvironmentState {
  environment: Environment
  variables: Variable[]
  upstreams: Upstream[]
  clients: ClientApp[]
  routes: ReleaseRoute[]
}

/** @returns `null` without the gateway */
export async function readState (store: Store, gatewayId: string): Promise<GatewayState | null> {
  const outline = await readOutline(store, gatewayId)
  if (outline === null) return null
  const environments: EnvironmentState[] = []
  for (const environment of outline.environments) environments.push(await readEnvironment(store, environment))
  return { ...outline, environments }
}

/** Whether it is what it was, as far as one thing of it depends on another: releases name versions of functions. */
export async function isStill (store: Store, state: GatewayState): Promise<boolean> {
  const after = await readOutline(store, state.gateway.id)
  return isDeepStrictEqual(after, { ...state, environments: state.environments.map(({ environment }) => environment) })
}

async function readOutline (store: Store, gatewayId: string): Promise<Omit<GatewayState, 'environments'> & { environments: Environment[] } | null> {
  const gateway = await store.getGateway(gatewayId)
  if (gateway === null) return null
  const functions = await readAll(async page => await store.listFunctions(gatewayId, page))
  const environments: Environment[] = []
  for (const name of gateway.environments) {
    const environment = await store.getEnvironment(gatewayId, name)
    if (environment === null) throw gone(`${gatewayId}-${name}`)
    environments.push(environment)
  }
  return { gateway, environments, functions: new Map(functions.map(fn => [fn.name, fn])) }
}

/** The newest version, and what a PUT of the function would take to make it. */
export async function readNewest (store: Store, fn: CloudFunction): Promise<{ draft: FunctionDraft, version: FunctionVersion }> {
  const version = await store.getFunctionVersion(fn.gatewayId, fn.name, fn.latestVersion)
  if (version === null) throw gone(`version ${fn.latestVersion} of ${fn.gatewayId}/${fn.name}`)
  const members = new Set(Object.keys(functionContent.properties))
  const draft = Object.fromEntries(Object.entries(representFunctionWithFiles(fn, version)).filter(([name]) => members.has(name))) as FunctionDraft
  return { draft, version }
}

async function readEnvironment (store: Store, environment: Environment): Promise<EnvironmentState> {
  // Others are to be answered in between.
  await setImmediate()
  const ref = { gatewayId: environment.gatewayId, environment: environment.name }
  return {
    environment,
    // Each page of them would be read from the whole.
    variables: (await store.listVariables(ref, { limit: maxVariables, after: null })).items,
    upstreams: (await store.listUpstreams(ref, { limit: maxUpstreams, after: null })).items,
    clients: (await store.listClients(ref, { limit: maxClientsPerEnvironment, after: null })).items,
    routes: await servedRoutes(store, environment)
  }
}

/** It was there when the list was read. */
function gone (what: string): StoreError {
  return new StoreError('revision_mismatch', `${what} is gone`)
}
