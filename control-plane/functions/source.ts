import { hash } from 'node:crypto'
import { posix } from 'node:path'
import { Problem, type FieldError } from '#shared/errors.ts'
import { effectiveLimits, type FunctionLimits } from '#shared/function-limits.ts'
import type { RoutePlugins } from '#shared/plugins/plugins.ts'
import { checkPlugins, settledPlugins } from '#shared/plugins/rules.ts'
import { routeMethods, type RouteMethod } from '#shared/routes.ts'
import type { Schedule } from '#shared/schedules.ts'
import type { RouteUpstream } from '#shared/upstreams.ts'
import type { BundleSource } from '../build/bundle.ts'
import { codeExtensions, extensions } from '../build/files.ts'
import { escapePointer } from '../field-errors.ts'
import { manifestFile, readDependencies } from '../packages/dependencies.ts'
import type { Dependencies } from '../packages/messages.ts'
import type { LockedPackage } from '../store/documents.ts'
import { readSchedules } from './schedules.ts'
import { defaultTimeoutMs, type FunctionDraft } from './schema.ts'
import { readRouteUpstream } from './upstream.ts'

/** All files of a function together, in UTF-8. */
const maxSourceBytes = 1024 * 1024
const maxNameLength = 200
/** Changes when the same files make another kind of bundle: versions of before keep their ids. */
const bundleFormat = 1

/** A draft in its one canonical form, whichever form it was sent in. */
export interface FunctionSource extends BundleSource {
  methods: RouteMethod[]
  path: string
  /** In the place of all that makes a function: there are no files then. */
  upstream?: RouteUpstream
  timeoutMs?: number
  limits?: FunctionLimits
  /** Left out where there are none: what was saved before there were any is the same. */
  schedules?: Schedule[]
  /** The same holds. */
  plugins?: RoutePlugins
  /** By name. */
  dependencies: Dependencies
}

/** @throws {Problem} `validation_failed` */
export function readSource (name: string, draft: FunctionDraft): FunctionSource {
  return draft.upstream === undefined ? readFunction(name, draft) : readProxied(draft, draft.upstream)
}

function readProxied (draft: FunctionDraft, asked: RouteUpstream): FunctionSource {
  const { upstream, errors } = readRouteUpstream(draft, asked)
  const { plugins, errors: pluginErrors } = readPlugins(draft)
  refuse([...errors, ...parameterErrors(draft.path), ...pluginErrors])
  return { methods: inOrder(draft.methods), path: draft.path, upstream, ...(plugins && { plugins }), files: new Map(), entrypoint: '', dependencies: {}, pointer: () => '/upstream' }
}

function readFunction (name: string, draft: FunctionDraft): FunctionSource {
  const { methods, path, timeoutMs = defaultTimeoutMs, limits, source, files, entrypoint } = draft
  const { schedules, errors: scheduleErrors } = readSchedules(draft.schedules ?? [])
  const { plugins, errors: pluginErrors } = readPlugins(draft)
  refuse([...formErrors(draft), ...parameterErrors(path), ...scheduleErrors, ...pluginErrors])
  const route = { methods: inOrder(methods), path, timeoutMs, limits: effectiveLimits(limits), ...(schedules.length > 0 && { schedules }), ...(plugins && { plugins }) }
  if (source !== undefined) {
    const file = `${name}.ts`
    return { ...route, files: new Map([[file, source]]), entrypoint: file, dependencies: {}, pointer: () => '/source' }
  }
  const sorted = new Map(Object.entries(files ?? {}).sort(([a], [b]) => a < b ? -1 : 1))
  const pointer = (file: string): string => `/files/${escapePointer(file)}`
  const { dependencies, faults } = readDependencies(sorted)
  refuse(faults.map(detail => ({ pointer: pointer(manifestFile), detail })))
  return { ...route, files: sorted, entrypoint: entrypoint!, dependencies, pointer }
}

/** `v` and 24 hexadecimal characters of SHA-256 over all that decides what runs. The name is in it: ids are unique in a gateway. */
export function versionId (name: string, source: FunctionSource, locked: LockedPackage[]): string {
  return `v${hash('sha256', JSON.stringify(contentOf(name, source, locked)), 'hex').slice(0, 24)}`
}

function contentOf (name: string, { methods, path, upstream, timeoutMs, limits, schedules, plugins, files, entrypoint }: FunctionSource, locked: LockedPackage[]): unknown[] {
  const besides = [...(schedules === undefined ? [] : [{ schedules }]), ...(plugins === undefined ? [] : [{ plugins }])]
  if (upstream !== undefined) return ['upstream', name, methods, path, upstream, ...besides]
  return [bundleFormat, name, methods, path, timeoutMs, limits, entrypoint, [...files], ...locked, ...besides]
}

function readPlugins (draft: FunctionDraft): { plugins: RoutePlugins | undefined, errors: FieldError[] } {
  const plugins = settledPlugins(draft.plugins)
  return { plugins, errors: plugins === undefined ? [] : checkPlugins(plugins, '/plugins') }
}

function inOrder (methods: readonly RouteMethod[]): RouteMethod[] {
  return routeMethods.filter(method => methods.includes(method))
}

function refuse (errors: FieldError[]): void {
  if (errors.length > 0) throw new Problem('validation_failed', undefined, { errors })
}

function formErrors ({ source, files, entrypoint }: FunctionDraft): FieldError[] {
  if (source === undefined && files === undefined) return [{ pointer: '/source', detail: 'is required, or else files with entrypoint, or upstream' }]
  if (source !== undefined) {
    const beside = Object.entries({ files, entrypoint }).filter(([, value]) => value !== undefined)
    return [
      ...beside.map(([name]) => ({ pointer: `/${name}`, detail: 'cannot stand beside source: send one or the other' })),
      ...sizeErrors('/source', [source])
    ]
  }
  if (entrypoint === undefined) return [{ pointer: '/entrypoint', detail: 'is required beside files' }]
  return [...filesErrors(files!), ...entrypointErrors(files!, entrypoint)]
}

function filesErrors (files: Record<string, string>): FieldError[] {
  const names = Object.keys(files)
  const errors = names.flatMap(name => {
    const detail = fileNameFault(name)
    return detail === null ? [] : [{ pointer: `/files/${escapePointer(name)}`, detail }]
  })
  return [...errors, ...sizeErrors('/files', [...names, ...Object.values(files)])]
}

function entrypointErrors (files: Record<string, string>, entrypoint: string): FieldError[] {
  if (!Object.hasOwn(files, entrypoint)) return [{ pointer: '/entrypoint', detail: 'must be the name of one of the files' }]
  if (!codeExtensions.includes(posix.extname(entrypoint))) return [{ pointer: '/entrypoint', detail: `must end in ${codeExtensions.join(', ')}` }]
  return []
}

function fileNameFault (name: string): string | null {
  if (name.length > maxNameLength) return `must have a name of at most ${maxNameLength} characters`
  const segments = name.split('/')
  if (!segments.every(segment => /^[A-Za-z0-9_@.-]+$/.test(segment) && segment !== '.' && segment !== '..')) {
    return 'must be named by a relative path: folders and a file, separated by /, of letters, digits, and _ @ . -'
  }
  return extensions.includes(posix.extname(name)) ? null : `must end in ${extensions.join(', ')}`
}

function sizeErrors (pointer: string, texts: string[]): FieldError[] {
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  return bytes > maxSourceBytes ? [{ pointer, detail: `must have at most ${maxSourceBytes} bytes in UTF-8` }] : []
}

/** A parameter that stood twice would have one value only. */
function parameterErrors (path: string): FieldError[] {
  const names = path.match(/:[^/]+/g) ?? []
  return new Set(names).size === names.length ? [] : [{ pointer: '/path', detail: 'must not have two parameters of the same name' }]
}
