import type { CachePurges } from './cache-purges.ts'
import type { FunctionLimits } from './function-limits.ts'
import type { Invocation } from './invocations.ts'
import type { ClientPlugins, Plugins, RoutePlugins } from './plugins/plugins.ts'
import type { TraceQuestion } from './request-traces.ts'
import type { RouteMethod } from './routes.ts'
import type { Schedule } from './schedules.ts'
import type { RouteUpstream, UpstreamSettings } from './upstreams.ts'

/**
 * The change feed: how a data plane learns what to serve.
 *
 *     GET /v1/feed?store=<id>&after=<revision>     application/x-ndjson, one FeedMessage a line, never ends
 *     Authorization: Bearer <data-plane token>
 *
 * The state is sent, not the history: between a `begin` and its `commit` stands what has changed since `after`, as it is at the
 * commit's revision, each thing once. A reader applies it all or nothing, and resumes from the last commit that it kept.
 */
export type FeedMessage = FeedState | FeedInvoke | FeedAsk

export type FeedState = FeedBegin | FeedItem | FeedCommit | FeedHeartbeat

export interface FeedBegin {
  type: 'begin'
  /** Which store the revisions belong to; a reader of another one must drop what it has. */
  store: string
  /** true: what follows is everything, and whatever the reader holds beside it is gone. */
  snapshot: boolean
}

export interface FeedCommit { type: 'commit', revision: number }
/** Sent when nothing else was for a while; a reader that hears nothing for three of its intervals reconnects. */
export interface FeedHeartbeat { type: 'heartbeat', revision: number }

/** No state: something to be done once, by this reader alone. It stands between batches, and is never sent again. */
export interface FeedInvoke { type: 'invoke', id: string, invocation: Invocation }
/** Likewise, for readers that have said that they can be asked. */
export interface FeedAsk { type: 'ask', id: string, question: TraceQuestion }

/**
 * `value: null` says that the thing is gone. The end of a gateway or an environment is the end of all that is in it. One that ended and
 * was made anew is sent as `null` before what is in it now: items are applied in their order.
 */
export type FeedItem =
  | { type: 'gateway', gatewayId: string, value: FeedGateway | null }
  | { type: 'environment', gatewayId: string, environment: string, value: FeedEnvironment | null }
  | { type: 'client', gatewayId: string, environment: string, clientId: string, value: FeedClient | null }
  /** Versions never change. They come before the environment whose release names them. One that goes to an upstream has no code, and is not sent. */
  | { type: 'function-version', gatewayId: string, versionId: string, value: FeedFunctionVersion }

export interface FeedGateway {
  name: string
  defaultEnvironment: string
  plugins: Plugins
}

export interface FeedEnvironment {
  plugins: Plugins
  variables: Record<string, string>
  /** Sealed, see `secret-box.ts`: only who has the key can read them. No name is in both. */
  secrets: Record<string, string>
  /** By name. Left out: none. */
  upstreams?: Record<string, FeedUpstream>
  /** Left out: none. */
  cachePurges?: CachePurges
  /** How often the period of its quota was begun anew by its owner. Left out: never. */
  quotaResets?: number
  /** `null`: nothing has been released to it. */
  release: FeedRelease | null
  /** Takes a share of the requests. */
  canary: FeedCanary | null
  /** Each is reached by a host of its own alone. */
  previews: FeedPreview[]
}

export interface FeedCanary {
  release: FeedRelease
  /** Per cent of the clients, in hundredths at the finest. */
  weight: number
  /** Name, in lower case, of a header with which a request chooses: `always` or `never`. */
  header: string | null
}

export interface FeedPreview {
  release: FeedRelease
  /** RFC 3339; from then on there is nothing at its host. */
  expiresAt: string
}

export interface FeedRelease {
  number: number
  routes: ReleaseRoute[]
}

/** All that an environment serves. */
export function servedReleases ({ release, canary, previews }: Pick<FeedEnvironment, 'release' | 'canary' | 'previews'>): FeedRelease[] {
  return [...(release === null ? [] : [release]), ...(canary === null ? [] : [canary.release]), ...previews.map(preview => preview.release)]
}

/** A line of a release's manifest: where the version of an endpoint answers, and what it is. */
export type ReleaseRoute = FunctionRoute | UpstreamRoute

interface RouteBase {
  functionName: string
  versionId: string
  methods: RouteMethod[]
  path: string
  /** Left out: those of its environment hold. */
  plugins?: RoutePlugins
}

export interface FunctionRoute extends RouteBase {
  upstream?: never
  /** Wall clock of one call. */
  timeoutMs: number
  /** Absent from what was released before there were any: the defaults hold. */
  limits?: FunctionLimits
  /** Left out: it runs when it is called, and at no other time. */
  schedules?: Schedule[]
}

export interface UpstreamRoute extends RouteBase {
  upstream: RouteUpstream
  /** How long it may take is said by the upstream. */
  timeoutMs?: never
  limits?: never
  schedules?: never
}

export type FeedUpstream = UpstreamSettings

export function isFunctionRoute (route: ReleaseRoute): route is FunctionRoute {
  return route.upstream === undefined
}

export interface FeedClient {
  name: string
  enabled: boolean
  /** RFC 3339; `null`: never. */
  expiresAt: string | null
  /** What it may do, where a route asks for it. Left out: none, here and below. */
  scopes?: string[]
  plugins?: ClientPlugins
  /** How often the period of its quota was begun anew by its owner. Left out: never, here and below. */
  quotaResets?: number
  /** What it is found by when it shows a certificate. */
  certificates?: FeedCertificate[]
  signingKeys?: FeedSigningKey[]
  /** Hashes under which the client is found: the current key, and the one before during its overlap. */
  keys: Array<{ apiKeyId: string, keyHash: string, expiresAt: string | null }>
}

/** `thumbprint`: SHA-256 of the certificate, hexadecimal. The others are alternative names in it (RFC 5280, section 4.2.1.6). */
export interface FeedCertificate {
  kind: 'thumbprint' | 'dns' | 'uri' | 'email'
  value: string
}

/** With which the client signs its requests. */
export type FeedSigningKey =
  | { id: string, algorithm: PublicKeyAlgorithm, /** PEM (SPKI). */ publicKey: string }
  /** The secret is in a secret variable of the environment; `encoding`: of the secret in its text, `utf8` where it is left out. */
  | { id: string, algorithm: 'hmac-sha256', secretVariable: string, encoding?: 'utf8' | 'base64' }

/** RFC 9421, section 6.2.2. */
export const publicKeyAlgorithms = ['ed25519', 'ecdsa-p256-sha256', 'ecdsa-p384-sha384', 'rsa-pss-sha512', 'rsa-v1_5-sha256'] as const

export type PublicKeyAlgorithm = typeof publicKeyAlgorithms[number]

export interface FeedFunctionVersion {
  functionName: string
  /** One script that assigns the entry module's exports to `globalThis.__imprunExports`. */
  bundle: string
  /** Source map (revision 3) from the bundle to the author's files, as JSON text. */
  sourceMap: string
}

export const feedPath = '/v1/feed'
export const feedHeartbeatMs = 5_000
