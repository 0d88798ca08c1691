import { availableParallelism } from 'node:os'
import path from 'node:path'
import { isCidr } from './connections/addresses.ts'
import { count, dataTlsFiles, domain, environments, integer, isDnsServer, list, oneOf, port, redisUrl, registry, secretKeys, subset, tlsFiles, token, url } from './config-values.ts'

export { ConfigError } from './config-values.ts'

/** PEM files. */
export interface DataTlsFiles {
  /** Certificates, each with those between it and its authority, and their keys. The first is for who names no host, or one that none is for. */
  pairs: Array<{ certFile: string, keyFile: string }>
  /** Authorities for certificates that clients show. `null`: they are not asked for any. */
  clientCaFile: string | null
}

/**
 * The settings, from environment variables; this is the one file that reads them. Each is checked, and a wrong one is named.
 */
export interface Config {
  dataDir: string
  baseDomain: string
  host: string
  controlPort: number
  /** PEM files of the control plane's certificate and its key. `null`: it speaks plain HTTP. */
  tls: { certFile: string, keyFile: string } | null
  dataPort: number
  /** What the data plane shows and asks for where clients speak TLS. `null`: it speaks plain HTTP alone. */
  dataTls: DataTlsFiles | null
  /** HTTP/2 without TLS is spoken with clients that begin to. */
  h2c: boolean
  adminToken: string | null
  /** Edge worker processes. */
  workers: number
  /** Sandbox processes. */
  sandboxes: number
  /** Resident memory of one of them, before it is killed. */
  sandboxMemoryMb: number
  /** How long processes that are replaced may finish what they have begun: requests, and streams that are open. */
  reloadDrainSeconds: number
  /** Open at once in one process that listens. */
  maxConnections: number
  /** Of them, those of one address: IPv4, or the /64 of an IPv6 address. */
  maxConnectionsPerAddress: number
  /** CIDRs that have as many connections as there are: load balancers, whose connections are many clients'. */
  trustedProxies: string[]
  /** From the first byte of a connection or a request until the end of its headers. */
  headersSeconds: number
  /** In which an upload, or a client that reads an answer, has to get on. */
  clientStallSeconds: number
  /** As which an upload counts as getting on. */
  minUploadBytesPerSecond: number
  /** How long a data plane serves on when whoever had started it is gone, so that it can be started again without a gap. 0: it ends at once. */
  orphanSeconds: number
  /** How long requests may wait for an edge worker before it turns some away. */
  overloadDelayMs: number
  /** Calls and requests to upstreams of one edge worker that have not been answered. */
  maxWaitingRequests: number
  /** Of bodies that one edge worker holds in memory. */
  maxBufferMb: number
  /** Of answers that are kept, in each worker. */
  cacheMb: number
  mongodbUrl: string | null
  /** Where machines count limits together; `null`: each counts by itself. */
  redisUrl: string | null
  /** The longest that a request waits for its count in Redis. */
  redisTimeoutMs: number
  /** Where a data plane that runs apart finds the control plane. */
  controlUrl: string
  /** PEM file of the authorities that may vouch for it; `null`: the usual ones. */
  controlCaFile: string | null
  dataPlaneToken: string | null
  /** `null`: all. */
  serveEnvironments: string[] | null
  /** File that a data plane which has nothing yet begins with. */
  snapshot: string | null
  /** Keys the hash of API keys; changing it makes every key invalid. */
  keyPepper: string | null
  /** Base64url of 32 bytes each: the first seals secrets, all of them open. `null`: those in `secret-key` in the data directory. */
  secretKeys: string[] | null
  /** Where packages of functions come from. `null`: npm's own registry. */
  npmRegistry: string | null
  /** Proxies and certificate authorities on the way to it, as the environment variables that programs commonly take them from. */
  npmConnection: Record<string, string> | null
  accessLog: 'file' | 'stdout' | 'off'
  logLevel: string
  /** How long what functions log is kept. */
  logRetentionDays: number
  /** How much of it: about the size of its file. */
  logMaxMb: number
  /** Of what requests have met, in the memory of each edge worker; 0: none. */
  traceMb: number
  /** CIDRs that functions may reach with `fetch` beside the public addresses. */
  egressAllow: string[]
  /** DNS servers, "address" or "address:port", that look up names for functions; `null`: the system's. */
  egressDns: string[] | null
}

const cidrs = 'ranges of addresses such as "10.1.0.0/16"'
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
const secretNames: ReadonlySet<keyof Config> = new Set(['adminToken', 'dataPlaneToken', 'keyPepper', 'secretKeys', 'mongodbUrl', 'redisUrl', 'npmConnection'])
/** Of Node.js and of npm's libraries, which read them by themselves. */
const connectionVariables = [
  'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR',
  'HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'http_proxy', 'no_proxy'
]

/** @throws {ConfigError} that says which variable and what was expected */
export function readConfig (env: NodeJS.ProcessEnv = process.env): Config {
  const host = env.IMPRUN_HOST || '127.0.0.1'
  const controlPort = port(env, 'IMPRUN_CONTROL_PORT', 4000)
  const tls = tlsFiles(env, 'IMPRUN_TLS_CERT', 'IMPRUN_TLS_KEY')
  const cores = availableParallelism()
  return {
    dataDir: path.resolve(env.IMPRUN_DATA_DIR || '.imprun'),
    baseDomain: domain(env, 'IMPRUN_BASE_DOMAIN', 'localhost'),
    host,
    controlPort,
    tls,
    dataPort: port(env, 'IMPRUN_DATA_PORT', 8080),
    dataTls: dataTlsFiles(env, 'IMPRUN_DATA_TLS_CERT', 'IMPRUN_DATA_TLS_KEY', 'IMPRUN_DATA_TLS_CLIENT_CA'),
    h2c: oneOf(env, 'IMPRUN_H2C', ['0', '1'], '0') === '1',
    adminToken: token(env, 'IMPRUN_ADMIN_TOKEN'),
    // One core serves, the next one runs functions: measured faster than two processes that do both.
    workers: count(env, 'IMPRUN_WORKERS', Math.max(1, Math.ceil(cores / 2))),
    sandboxes: count(env, 'IMPRUN_SANDBOXES', Math.max(1, Math.floor(cores / 2))),
    sandboxMemoryMb: integer(env, 'IMPRUN_SANDBOX_MEMORY_MB', 512, 256, 65_536),
    reloadDrainSeconds: integer(env, 'IMPRUN_RELOAD_DRAIN_SECONDS', 60, 1, 86_400),
    maxConnections: integer(env, 'IMPRUN_MAX_CONNECTIONS', 10_000, 16, 1_000_000),
    maxConnectionsPerAddress: integer(env, 'IMPRUN_MAX_CONNECTIONS_PER_ADDRESS', 1_000, 1, 1_000_000),
    trustedProxies: list(env, 'IMPRUN_TRUSTED_PROXIES', isCidr, cidrs) ?? ['127.0.0.0/8', '::1/128'],
    headersSeconds: integer(env, 'IMPRUN_HEADERS_SECONDS', 10, 1, 600),
    clientStallSeconds: integer(env, 'IMPRUN_CLIENT_STALL_SECONDS', 60, 1, 3_600),
    minUploadBytesPerSecond: integer(env, 'IMPRUN_MIN_UPLOAD_BYTES_PER_SECOND', 100, 1, 1_048_576),
    orphanSeconds: integer(env, 'IMPRUN_ORPHAN_SECONDS', 60, 0, 86_400),
    overloadDelayMs: integer(env, 'IMPRUN_OVERLOAD_DELAY_MS', 100, 5, 60_000),
    maxWaitingRequests: integer(env, 'IMPRUN_MAX_WAITING_REQUESTS', 4_096, 1, 1_000_000),
    cacheMb: integer(env, 'IMPRUN_CACHE_MB', 64, 0, 1_048_576),
    maxBufferMb: integer(env, 'IMPRUN_MAX_BUFFER_MB', 256, 16, 1_048_576),
    mongodbUrl: env.MONGODB_URL || null,
    redisUrl: redisUrl(env, 'REDIS_URL'),
    redisTimeoutMs: integer(env, 'IMPRUN_REDIS_TIMEOUT_MS', 50, 1, 10_000),
    controlUrl: url(env, 'IMPRUN_CONTROL_URL', `${tls === null ? 'http' : 'https'}://${urlHost(host)}:${controlPort}`),
    controlCaFile: env.IMPRUN_CONTROL_CA ? path.resolve(env.IMPRUN_CONTROL_CA) : null,
    dataPlaneToken: token(env, 'IMPRUN_DATA_PLANE_TOKEN'),
    serveEnvironments: environments(env, 'IMPRUN_SERVE_ENVIRONMENTS'),
    snapshot: env.IMPRUN_SNAPSHOT ? path.resolve(env.IMPRUN_SNAPSHOT) : null,
    keyPepper: token(env, 'IMPRUN_KEY_PEPPER'),
    secretKeys: secretKeys(env, 'IMPRUN_SECRET_KEY'),
    npmRegistry: registry(env, 'IMPRUN_NPM_REGISTRY'),
    npmConnection: subset(env, connectionVariables),
    accessLog: oneOf(env, 'IMPRUN_ACCESS_LOG', ['file', 'stdout', 'off'], 'file'),
    logLevel: oneOf(env, 'IMPRUN_LOG_LEVEL', logLevels, 'info'),
    logRetentionDays: integer(env, 'IMPRUN_LOG_RETENTION_DAYS', 7, 1, 3_650),
    logMaxMb: integer(env, 'IMPRUN_LOG_MAX_MB', 512, 1, 1_048_576),
    traceMb: integer(env, 'IMPRUN_TRACE_MB', 16, 0, 4_096),
    egressAllow: list(env, 'IMPRUN_EGRESS_ALLOW', isCidr, cidrs) ?? [],
    egressDns: list(env, 'IMPRUN_EGRESS_DNS', isDnsServer, 'addresses of DNS servers such as "192.0.2.1:53"')
  }
}

/** This process's variables for another reader: `defaults` where it has none of the name, `settings` whatever it has. */
export function passOnEnvironment (defaults: Record<string, string>, settings: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...defaults, ...process.env, ...settings }
}

/** For the log: secrets are only said to be set. */
export function describeConfig (config: Config): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) =>
    [name, secretNames.has(name as keyof Config) && value !== null ? '[set]' : value]))
}

/** A host as it stands in a URL: IPv6 addresses in brackets, unspecified addresses as the loopback that reaches them. */
export function urlHost (host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
