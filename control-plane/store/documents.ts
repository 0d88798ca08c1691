import type { CachePurges } from '#shared/cache-purges.ts'
import type { FeedCertificate, FeedSigningKey, ReleaseRoute } from '#shared/feed.ts'
import type { FunctionLimits } from '#shared/function-limits.ts'
import type { ClientPlugins, Plugins, RoutePlugins } from '#shared/plugins/plugins.ts'
import type { RouteMethod } from '#shared/routes.ts'
import type { Schedule } from '#shared/schedules.ts'
import { effectiveTimeouts, type RouteUpstream, type UpstreamSettings, type UpstreamTimeouts } from '#shared/upstreams.ts'

/**
 * What the store keeps, in one shape for every adapter. Timestamps are RFC 3339 texts.
 * `revision` is the store's revision at which this very thing last changed; it is what `ETag` and `If-Match` carry.
 */
export interface ApiGateway {
  id: string
  name: string
  description: string
  defaultEnvironment: string
  /** In the order of the promotion pipeline. */
  environments: string[]
  config: { plugins: Plugins }
  createdAt: string
  updatedAt: string
  revision: number
}

/** Without its clients, variables and upstreams, which are embedded in the stored document but never read along with it. */
export interface Environment {
  gatewayId: string
  name: string
  config: { plugins: Plugins }
  /** Number of the newest release, served or not; 0: none has been made. */
  lastRelease: number
  /** Number of the release that it serves. */
  release: number | null
  canary: Canary | null
  /** What became of the canary before; `null`: there was none. */
  lastCanary: EndedCanary | null
  /** In the order in which they were made. */
  previews: Preview[]
  /** How often the period of its quota was begun anew. Left out: never. */
  quotaResets?: number
  /** What of its kept answers was purged; left out: nothing. */
  cachePurges?: CachePurges
  createdAt: string
  updatedAt: string
  revision: number
}

/** What an environment serves: all that requests can meet, of releases that are kept. */
export type Serving = Pick<Environment, 'release' | 'canary' | 'lastCanary' | 'previews'>

/** A release that takes a share of the traffic beside the one that is served. */
export interface Canary {
  /** Its number. */
  release: number
  /** Per cent of the clients, in hundredths at the finest. */
  weight: number
  /** Name of a header with which a request chooses: `always` or `never`. `null`: none. */
  header: string | null
  /** It is dropped when more than this share of its answers were 5xx, from 0 to 1; `null`: never by itself. */
  maxErrorShare: number | null
  /** Fewer answers in the window say nothing. */
  minRequests: number
  windowSeconds: number
  startedAt: string
  /** When its weight or its rule last changed: what came before does not count. */
  changedAt: string
}

/** `finished`: it is what is served now. `dropped`: by its owner. `failed`: by its rule. `replaced`: by another release. */
export interface EndedCanary {
  release: number
  outcome: 'finished' | 'dropped' | 'failed' | 'replaced'
  reason: string
  endedAt: string
}

/** A release with a host of its own, which nothing else leads to. */
export interface Preview {
  release: number
  expiresAt: string
}

export interface ClientApp {
  id: string
  name: string
  description: string
  enabled: boolean
  expiresAt: string | null
  /** What it may do. Absent from what was made before there were any: nothing. */
  scopes?: string[]
  /** Left out: none, as the next. */
  signingKeys?: FeedSigningKey[]
  certificates?: FeedCertificate[]
  /** Left out: none of its own. */
  plugins?: ClientPlugins
  /** How often the period of its quota was begun anew. Left out: never. */
  quotaResets?: number
  apiKeyId: string
  keyHash: string
  keyLast4: string
  /** Left out: whoever made it was shown its key. */
  keyIsUnseen?: true
  /** The key before, while its overlap lasts. */
  previousKey: { apiKeyId: string, keyHash: string, keyLast4: string, expiresAt: string } | null
  createdAt: string
  updatedAt: string
  revision: number
}

export interface Variable {
  name: string
  /** Of a secret, what `shared/secret-box.ts` made of it. */
  value: string
  secret: boolean
  createdAt: string
  updatedAt: string
  revision: number
}

/** Where an environment finds what its routes name beside functions. */
export interface Upstream extends UpstreamSettings {
  name: string
  createdAt: string
  updatedAt: string
  revision: number
}

/** All that is said of it but its name, and when it was said. */
export function upstreamSettingsOf ({ name: _name, createdAt: _created, updatedAt: _updated, revision: _revision, timeouts, ...settings }: Upstream): UpstreamSettings & { timeouts: Required<UpstreamTimeouts> } {
  return { ...settings, timeouts: effectiveTimeouts(timeouts) }
}

/** A function as its owner sees it: the newest version and what it says. */
export interface CloudFunction {
  gatewayId: string
  name: string
  latestVersion: string
  methods: RouteMethod[]
  path: string
  /** What is no function goes there. */
  upstream?: RouteUpstream
  /** Of functions, as the next two. */
  timeoutMs?: number
  /** Absent from what was saved before there were any: the defaults hold. Here and below. */
  limits?: FunctionLimits
  /** Left out: none. */
  schedules?: Schedule[]
  /** Of this endpoint alone; left out: none. */
  plugins?: RoutePlugins
  createdAt: string
  updatedAt: string
  revision: number
}

/** A function that was deleted, as it was, for as long as it can be restored. `revision` is that of the deletion. */
export interface DeletedFunction extends CloudFunction {
  deletedAt: string
  restorableUntil: string
}

/** Immutable. The id is a hash of all that decides what runs, so saving the same thing twice is one version. */
export interface FunctionVersion {
  gatewayId: string
  functionName: string
  /** `v` and 24 hexadecimal characters of SHA-256. */
  id: string
  /** 1, 2, 3 within the function. */
  number: number
  methods: RouteMethod[]
  path: string
  /** What goes there has no files and no code: they are empty. */
  upstream?: RouteUpstream
  timeoutMs?: number
  limits?: FunctionLimits
  schedules?: Schedule[]
  plugins?: RoutePlugins
  entrypoint: string
  files: Record<string, string>
  /** The npm packages that it was built with, by path. */
  dependencies: LockedPackage[]
  bundle: string
  sourceMap: string
  /** Who saved it, and what for: of the first time that this content was saved. */
  author: string
  message: string
  createdAt: string
}

/** One npm package of a lock, which says exactly what a version was built with. */
export interface LockedPackage {
  /** As the registry calls it; an alias shows in the path alone. */
  name: string
  version: string
  /** Subresource Integrity of its tarball. */
  integrity: string
  /** Where it stands: `node_modules/a/node_modules/b` is seen by `a` alone. */
  path: string
}

/** A version without its texts, for lists. */
export type FunctionVersionSummary = Omit<FunctionVersion, 'files' | 'bundle' | 'sourceMap'>

/** Immutable: what one environment serves. */
export interface Release {
  gatewayId: string
  environment: string
  /** 1, 2, 3 within the environment. */
  number: number
  /** What it was made for. */
  use: ReleaseUse
  /** Number of the release that was served when it was made. */
  basedOn: number | null
  routes: ReleaseRoute[]
  note: string
  origin: ReleaseOrigin
  /** Who made it. */
  author: string
  /** Whether a preflight that refused it was overruled. */
  forced: boolean
  createdAt: string
}

/** A canary may have become what is served since. */
export type ReleaseUse = 'serve' | 'canary' | 'preview'

/** Where the routes of a release came from. */
export type ReleaseOrigin =
  /** Functions that were saved or deleted. */
  | { kind: 'deployment' }
  /** What another environment served as its release of this number, all of it or some. */
  | { kind: 'promotion', environment: string, release: number }
  /** Versions that were named one by one. */
  | { kind: 'selection' }
  /** A document. */
  | { kind: 'import' }
  /** What this environment served as its release of this number. */
  | { kind: 'rollback', release: number }
