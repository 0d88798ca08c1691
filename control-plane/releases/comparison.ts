import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { createTwoFilesPatch } from 'diff'
import type { ReleaseRoute } from '#shared/feed.ts'
import type { Plugins } from '#shared/plugins/plugins.ts'
import { effectivePlugins } from '#shared/plugins/rules.ts'
import { upstreamSettingsOf, type ApiGateway, type Environment } from '../store/documents.ts'
import { readAll } from '../store/read-all.ts'
import type { EnvironmentRef, Store } from '../store/store.ts'
import { compareRoutes, type RouteChange } from './changes.ts'
import { servedRoutes } from './served.ts'

/** What two environments of a gateway differ in, seen from `a`. */
export interface Comparison {
  a: Side
  b: Side
  routes: RouteChange[]
  /** Of the functions whose version differs, by name. */
  sources: SourceChange[]
  /** Settings that hold there, the gateway's included; `null`: not set. */
  plugins: Array<{ name: string, a: unknown, b: unknown }>
  /** Names alone: values are nobody else's business. */
  variables: Names
  /** Those of either, by name; `null`: it does not have it. */
  upstreams: Array<{ name: string, a: UpstreamSettings | null, b: UpstreamSettings | null }>
  clients: Names
}

type UpstreamSettings = ReturnType<typeof upstreamSettingsOf>
export interface Side { environment: string, release: number | null }
export interface Names { onlyInA: string[], onlyInB: string[], inBoth: string[] }

export interface SourceChange {
  functionName: string
  files: Array<{
    path: string
    change: 'added' | 'changed' | 'removed'
    /** Unified diff. `null`: the texts have too little in common, or so much was said before it that this answer would be too long. */
    patch: string | null
  }>
}

/** Texts that differ in more lines are not compared: the time for that grows with the square. */
const maxEditLength = 1_000
const maxPatchChars = 2_000_000

export async function compareEnvironments (store: Store, gateway: ApiGateway, a: Environment, b: Environment): Promise<Comparison> {
  const routes = compareRoutes(await servedRoutes(store, a), await servedRoutes(store, b))
  return {
    a: { environment: a.name, release: a.release },
    b: { environment: b.name, release: b.release },
    routes,
    sources: await compareSources(store, gateway.id, routes),
    plugins: comparePlugins(effectivePlugins(gateway.config.plugins, a.config.plugins), effectivePlugins(gateway.config.plugins, b.config.plugins)),
    variables: await compareNames(a, b, async (environment, page) => await store.listVariables(environment, page)),
    upstreams: await compareUpstreams(store, a, b),
    clients: await compareNames(a, b, async (environment, page) => await store.listClients(environment, page))
  }
}

async function compareSources (store: Store, gatewayId: string, routes: RouteChange[]): Promise<SourceChange[]> {
  const changes: SourceChange[] = []
  let chars = 0
  const filesOf = async (route: ReleaseRoute | null): Promise<Record<string, string>> =>
    route === null ? {} : (await store.getFunctionVersion(gatewayId, route.functionName, route.versionId))?.files ?? {}
  for (const { functionName, before, after } of routes) {
    if (before?.versionId === after?.versionId) continue
    // Comparing takes time: others are to be answered in between.
    await setImmediate()
    const files = compareFiles(await filesOf(before), await filesOf(after), chars > maxPatchChars)
    chars += files.reduce((sum, { patch }) => sum + (patch?.length ?? 0), 0)
    if (files.length > 0) changes.push({ functionName, files })
  }
  return changes
}

function compareFiles (before: Record<string, string>, after: Record<string, string>, isFull: boolean): SourceChange['files'] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return paths.flatMap((path): SourceChange['files'] => {
    const [from, to] = [before[path], after[path]]
    if (from === to) return []
    const change = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed'
    return [{ path, change, patch: isFull ? null : unifiedDiff(path, from, to) }]
  })
}

function unifiedDiff (path: string, from: string | undefined, to: string | undefined): string | null {
  const names = [from === undefined ? '/dev/null' : `a/${path}`, to === undefined ? '/dev/null' : `b/${path}`] as const
  return createTwoFilesPatch(...names, from ?? '', to ?? '', undefined, undefined, { context: 3, maxEditLength }) ?? null
}

function comparePlugins (a: Plugins, b: Plugins): Comparison['plugins'] {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort() as Array<keyof Plugins>
  return names.filter(name => !isDeepStrictEqual(a[name], b[name])).map(name => ({ name, a: a[name] ?? null, b: b[name] ?? null }))
}

type ReadNames = (environment: EnvironmentRef, page: Parameters<Store['listClients']>[1]) => Promise<{ items: Array<{ name: string }>, next: string | null }>

async function compareNames (a: Environment, b: Environment, read: ReadNames): Promise<Names> {
  const namesOf = async ({ gatewayId, name: environment }: Environment): Promise<Set<string>> =>
    new Set((await readAll(async page => await read({ gatewayId, environment }, page))).map(({ name }) => name))
  const [inA, inB] = [await namesOf(a), await namesOf(b)]
  return { onlyInA: [...inA.difference(inB)].sort(), onlyInB: [...inB.difference(inA)].sort(), inBoth: [...inA.intersection(inB)].sort() }
}

async function compareUpstreams (store: Store, a: Environment, b: Environment): Promise<Comparison['upstreams']> {
  const settingsOf = async ({ gatewayId, name: environment }: Environment): Promise<Map<string, UpstreamSettings>> => {
    const upstreams = await readAll(async page => await store.listUpstreams({ gatewayId, environment }, page))
    return new Map(upstreams.map(upstream => [upstream.name, upstreamSettingsOf(upstream)]))
  }
  const [inA, inB] = [await settingsOf(a), await settingsOf(b)]
  return [...new Set([...inA.keys(), ...inB.keys()])].sort().map(name => ({ name, a: inA.get(name) ?? null, b: inB.get(name) ?? null }))
}
