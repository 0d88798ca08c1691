import type { Clock } from '#shared/clock.ts'
import type { Config } from '#shared/config.ts'
import type { Logger } from '#shared/log.ts'
import type { SecretBox } from '#shared/secret-box.ts'
import { ApiGatewayService } from './api-gateways/service.ts'
import { Compiler } from './build/compiler.ts'
import { CacheService } from './cache/service.ts'
import { CanaryJudge } from './canaries/judge.ts'
import { CanaryService } from './canaries/service.ts'
import { ClientService } from './clients/service.ts'
import { DataPlaneTokenService } from './data-plane-tokens/service.ts'
import { DataPlaneService } from './data-planes/service.ts'
import { DebugTokenService } from './debug-tokens/service.ts'
import { DeclarationService } from './declarations/service.ts'
import { DocumentThread } from './declarations/thread.ts'
import { DeletedFunctionService } from './deleted-functions/service.ts'
import { EnvironmentService } from './environments/service.ts'
import type { FeedReaders } from './feed/readers.ts'
import { FunctionBuilder } from './functions/builder.ts'
import { FunctionService } from './functions/service.ts'
import { InvocationService } from './invocations/service.ts'
import { WaitingInvocations } from './invocations/waiting.ts'
import { KvService } from './kv/service.ts'
import { OwnerLog } from './logs/owner-log.ts'
import { LogService } from './logs/service.ts'
import type { PackageLimits } from './packages/messages.ts'
import { Packages } from './packages/packages.ts'
import { OpenApiService } from './openapi-documents/service.ts'
import { PreviewService } from './previews/service.ts'
import { RequestTraceService } from './request-traces/service.ts'
import { WaitingQuestions } from './request-traces/waiting.ts'
import { createPreflight } from './releases/preflight.ts'
import { RefusalService } from './refusals/service.ts'
import { ReleaseService } from './releases/service.ts'
import { ScheduleClaims } from './schedules/claims.ts'
import { ScheduleService } from './schedules/service.ts'
import type { LogStore } from './store/log-store.ts'
import type { Store } from './store/store.ts'
import { UpstreamService } from './upstreams/service.ts'
import { QuotaService } from './quotas/service.ts'
import { knownUsage } from './usage/known.ts'
import { UsageService } from './usage/service.ts'
import { VariableService } from './variables/service.ts'

export interface ServiceOptions {
  /** The caller's to open and to close. */
  store: Store
  /** The caller's, too. */
  logStore: LogStore
  config: Pick<Config, 'baseDomain' | 'keyPepper' | 'npmRegistry' | 'npmConnection'>
  clock: Clock
  secretBox: SecretBox
  logger: Logger
  logHeartbeatMs?: number
  packageLimits?: Partial<PackageLimits>
}

/** The rules of every resource, which know nothing of HTTP. */
export type Services = ReturnType<typeof createServices>

/** Shorter than what proxies commonly wait. */
const defaultLogHeartbeatMs = 15_000

export function createServices (options: ServiceOptions, readers: FeedReaders) {
  const { store, logStore, clock, secretBox, packageLimits, logHeartbeatMs = defaultLogHeartbeatMs } = options
  const { keyPepper, npmRegistry, npmConnection } = options.config
  const compiler = new Compiler()
  const packages = new Packages({ registry: npmRegistry, connection: npmConnection, limits: packageLimits })
  const builder = new FunctionBuilder({ store, compiler, packages })
  const documents = new DocumentThread()
  const dataPlanes = new DataPlaneService({ store, clock, logger: options.logger })
  const preflight = createPreflight({ clock, usage: knownUsage({ store, clock }) })
  const declarations = new DeclarationService({ store, clock, builder, documents, preflight, keyPepper })
  return {
    apiGateways: new ApiGatewayService({ store, clock }),
    declarations,
    openApi: new OpenApiService({ store, baseDomain: options.config.baseDomain, declarations, documents }),
    environments: new EnvironmentService({ store, clock }),
    cache: new CacheService({ store }),
    clients: new ClientService({ store, clock, keyPepper }),
    variables: new VariableService({ store, clock, secretBox }),
    upstreams: new UpstreamService({ store, clock }),
    kv: new KvService({ store }),
    functions: new FunctionService({ store, clock, builder }),
    deletedFunctions: new DeletedFunctionService({ store, clock }),
    releases: new ReleaseService({ store, clock, preflight }),
    canaries: new CanaryService({ store, clock }),
    canaryJudge: new CanaryJudge({ store, clock, ownerLog: new OwnerLog({ logStore, clock }) }),
    previews: new PreviewService({ store, clock }),
    schedules: new ScheduleService({ store, clock }),
    claims: new ScheduleClaims({ store, clock }),
    quotas: new QuotaService({ store, clock }),
    usage: new UsageService({ store, clock }),
    dataPlanes,
    dataPlaneTokens: new DataPlaneTokenService({ store, clock }),
    refusals: new RefusalService({ store, clock }),
    debugTokens: new DebugTokenService({ store, clock, secretBox }),
    requestTraces: new RequestTraceService({ store, waiting: new WaitingQuestions(readers), servers: async environment => await dataPlanes.servers(environment) }),
    invocations: new InvocationService({ store, builder, waiting: new WaitingInvocations(readers) }),
    logs: new LogService({ store, logStore, heartbeatMs: logHeartbeatMs }),
    /** Ends the processes that build, and the thread that reads documents. */
    close: async () => {
      await dataPlanes.close()
      await documents.close()
      await packages.close()
      await compiler.close()
    }
  }
}
