import { hash } from 'node:crypto'
import type { FeedEnvironment, FeedGateway, FeedRelease, FunctionRoute, UpstreamRoute } from '#shared/feed.ts'
import { noPurges, type CachePurges } from '#shared/cache-purges.ts'
import { effectiveLimits } from '#shared/function-limits.ts'
import { Problem } from '#shared/errors.ts'
import { routeName } from '#shared/names.ts'
import { effectivePlugins } from '#shared/plugins/rules.ts'
import type { Logger } from '#shared/log.ts'
import { SecretError, secretPlace } from '#shared/secret-box.ts'
import type { AuthCompiler } from '../authentication/compile.ts'
import type { Introspections } from '../authentication/introspection.ts'
import type { JwksSources } from '../authentication/jwks.ts'
import type { Nonces } from '../authentication/nonces.ts'
import { createSecretReader } from '../authentication/secret-reader.ts'
import { compileCanary, type CompiledCanary } from '../canaries/choice.ts'
import type { RunnableFunction } from '../functions/runner.ts'
import { compileCors, type CompiledCors } from '../policies/cors.ts'
import { createLayers, type Layers } from '../policies/layers.ts'
import type { LimitCompilers } from '../policies/limits.ts'
import type { ReplicaReader } from '../replica/replica.ts'
import type { UpstreamService } from '../upstream/service.ts'
import { compileServices } from '../upstream/services.ts'
import type { UpstreamStates } from '../upstream/state.ts'
import { compileUpstream } from '../upstream/target.ts'
import { compileLazily, compileRelease, type CompiledRelease } from './release.ts'
import type { OpenSecret } from './secrets.ts'

/** An environment as requests meet it: all that can be worked out beforehand has been. Never changed; a new state is a new one. */
export interface CompiledEnvironment {
  readonly gatewayId: string
  readonly environment: string
  /** What logs and metrics call it. */
  readonly routeName: string
  /** Whether answers carry the revision that they were served under. */
  readonly namesRevision: boolean
  readonly cors: CompiledCors | null
  readonly layers: Layers
  /** What was kept of its answers, and is not to be met any more. */
  readonly purges: CachePurges
  /** By name; `null`: it does not have it. */
  readonly upstreamOf: (name: string) => UpstreamService | null
  readonly release: CompiledRelease
  readonly canary: CompiledCanary | null
  /** By the number of their release. */
  readonly previews: ReadonlyMap<number, CompiledPreview>
  /** For code that no release names. */
  readonly describeDraft: (draft: Draft) => RunnableFunction
}

export interface CompiledPreview {
  readonly release: () => CompiledRelease
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Code to be run here once, with all that the environment gives its functions. */
export interface Draft extends Required<Pick<RunnableFunction, 'functionName' | 'timeoutMs' | 'limits' | 'code' | 'onLog'>> {
  /** Unlike that of any other: two drafts share nothing. */
  id: string
}

export interface EnvironmentSource {
  gatewayId: string
  gateway: FeedGateway
  environment: string
  value: FeedEnvironment
}

export interface EnvironmentCompiler {
  replica: Pick<ReplicaReader, 'getFunctionVersion'>
  limits: LimitCompilers
  openSecret: OpenSecret
  upstreams: Pick<UpstreamStates, 'of'>
  jwks: JwksSources
  introspections: Introspections
  nonces: Nonces
  logger: Logger
}

/** What does not compile is refused before it comes into the replica; should something get by, it fails alone. `null`: it cannot be served. */
export function compileUsable (source: EnvironmentSource, compiler: EnvironmentCompiler): CompiledEnvironment | null {
  try {
    return compileEnvironment(source, compiler)
  } catch (err) {
    compiler.logger.error({ err, gatewayId: source.gatewayId, environment: source.environment }, 'an environment cannot be served')
    return null
  }
}

/** @throws {RouteConflict} where the release contradicts itself, which the control plane does not let happen. What is beside it fails alone. */
export function compileEnvironment (source: EnvironmentSource, compiler: EnvironmentCompiler): CompiledEnvironment {
  const { gatewayId, gateway, environment, value } = source
  const plugins = effectivePlugins(gateway.plugins, value.plugins)
  const name = routeName(gatewayId, environment)
  const identity: AuthCompiler = { ...compiler, routeName: name, secretOf: createSecretReader(source, compiler) }
  const layers = createLayers(plugins, { name, gatewayId, environment, quotaResets: value.quotaResets ?? 0, limits: compiler.limits, identity })
  const { describe, describeDraft } = describeFunctions(source, compiler)
  const { canary, previews } = value
  const services = compileServices(source, compiler)
  const releases = { describe, compileUpstream: (route: UpstreamRoute) => compileUpstream(route, services), layerOf: layers.ofRoute, isNamed: plugins['served-by'] !== undefined }
  return {
    gatewayId,
    environment,
    routeName: name,
    namesRevision: plugins['served-by']?.revision === true,
    cors: plugins.cors ? compileCors(plugins.cors) : null,
    layers,
    upstreamOf: services,
    purges: value.cachePurges ?? noPurges,
    release: compileRelease(value.release ?? nothing, releases),
    canary: canary === null ? null : compileCanary(name, canary, compileLazily(canary.release, releases)),
    previews: new Map(previews.map(({ release, expiresAt }) =>
      [release.number, { release: compileLazily(release, releases), expiresAt: Date.parse(expiresAt) }])),
    describeDraft
  }
}

const nothing: FeedRelease = { number: 0, routes: [] }

interface FunctionDescriber {
  describe: (route: FunctionRoute) => RunnableFunction
  describeDraft: CompiledEnvironment['describeDraft']
}

/** In the place of a version: whatever ends a sandbox is remembered of all drafts of a function. */
export const draftVersion = 'draft'

function describeFunctions (source: EnvironmentSource, compiler: EnvironmentCompiler): FunctionDescriber {
  const { gatewayId, gateway, environment, value } = source
  const name = routeName(gatewayId, environment)
  const sorted = (record: Record<string, string>) => Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1)
  // Secrets take part as they are sealed: a value that is put again, even the same one, looks different then.
  const settings = digest([gateway.name, sorted(value.variables), sorted(value.secrets)])
  const variables = createVariables(source, compiler)
  const identity = { gatewayId, gatewayName: gateway.name, environment }
  return {
    describe: ({ functionName, versionId, timeoutMs, limits }) => ({
      // Same key, same everything: so all that a function can see, and that the version does not decide, is in the hash.
      key: `${name}/${functionName}@${versionId}/${digest([timeoutMs, effectiveLimits(limits), settings])}`,
      ...identity,
      functionName,
      versionId,
      timeoutMs,
      limits: effectiveLimits(limits),
      get variables () { return variables() },
      code: () => {
        const version = compiler.replica.getFunctionVersion(gatewayId, versionId)
        if (version === null) throw new Problem('function_unavailable')
        return version
      }
    }),
    describeDraft: ({ id, ...draft }) => ({
      key: `${name}/${draft.functionName}@${draftVersion}/${digest([id])}`,
      ...identity,
      ...draft,
      versionId: draftVersion,
      get variables () { return variables() }
    })
  }
}

function digest (value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'base64url').slice(0, 22)
}

/**
 * Secrets are opened when a sandbox is given them, and not kept here. Where one cannot be opened no function of the environment runs:
 * one that lacks a secret it counts on might do worse than nothing.
 */
function createVariables (source: EnvironmentSource, { openSecret, logger }: EnvironmentCompiler): () => Record<string, string> {
  const { gatewayId, environment, value } = source
  let told = false
  return () => Object.fromEntries([...Object.entries(value.variables), ...Object.entries(value.secrets).map(([name, sealed]) => {
    try {
      return [name, openSecret(sealed, secretPlace({ gatewayId, environment }, name))] as const
    } catch (err) {
      if (!(err instanceof SecretError)) throw err
      if (!told) logger.error({ err, gatewayId, environment, variable: name }, 'a secret cannot be opened: functions do not run there')
      told = true
      throw new Problem('function_unavailable', undefined, { cause: err })
    }
  })])
}
