import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { systemClock } from '#shared/clock.ts'
import { ConfigError, describeConfig, readConfig, urlHost, type Config } from '#shared/config.ts'
import { guardConnections } from '#shared/connections/guard.ts'
import { createLogger, type Logger } from '#shared/log.ts'
import { createSecretBox } from '#shared/secret-box.ts'
import { startDataPlaneSweep } from './data-planes/sweep.ts'
import { startDeletedFunctionSweep } from './deleted-functions/sweep.ts'
import { startKvSweep } from './kv/sweep.ts'
import { agreeOnSecretKeys, settleSecretKeys } from './secret-keys.ts'
import { settleAdminToken, settleDataPlaneToken } from './tokens.ts'
import { startPreviewSweep } from './previews/sweep.ts'
import { startRetention } from './logs/retention.ts'
import { createSqliteLogStore } from './store/sqlite/logs/sqlite-log-store.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { LogStore } from './store/log-store.ts'
import { StoreError, type Store } from './store/store.ts'
import { readCertificate, watchCertificate } from './tls.ts'
import { startUsageSweep } from './usage/sweep.ts'
import { startResealing } from './variables/reseal.ts'

/** How long requests that have begun may take when it stops. */
const drainMs = 10_000
const sweepMs = 50

try {
  await start(readConfig())
} catch (error) {
  const line = explain(error)
  if (line === null) throw error
  process.stderr.write(`imprun control-plane: ${line}\n`)
  process.exit(1)
}

async function start (config: Config): Promise<void> {
  const logger = createLogger('control-plane', config.logLevel)
  const certificate = config.tls && await readCertificate(config.tls)
  const store = await openStore(config)
  const adminToken = await settleAdminToken(store, config)
  const dataPlaneToken = await settleDataPlaneToken(config)
  const secretBox = createSecretBox(await settleSecretKeys(config))
  await agreeOnSecretKeys(store, secretBox)
  // Loaded last: what the operator has to set right is said at once, and the framework takes a second.
  const { buildControlPlane } = await import('./app.ts')
  const logStore = await openLogStore(config, logger)
  const app = await buildControlPlane({ store, logStore, config, clock: systemClock, logger, secretBox, adminTokenHash: adminToken.hash, dataPlaneToken, certificate, spoolDirectory: config.dataDir })
  guard(app, config, logger)
  await app.listen({ host: config.host, port: config.controlPort, listenTextResolver: address => `listening at ${address}` })
  const upkeep = [
    startResealing({ store, secretBox, logger }),
    startKvSweep({ store, logger }),
    startPreviewSweep({ store, clock: systemClock, logger }),
    startDeletedFunctionSweep({ store, logger }),
    startUsageSweep({ store, logger }),
    startDataPlaneSweep({ store, clock: systemClock, logger }),
    startRetention({ logStore, logger })
  ]
  if (config.tls !== null && certificate !== null) upkeep.push(watchCertificate(app.server as HttpsServer, config.tls, { current: certificate, logger }))
  closeGracefully(app, [...upkeep, store, logStore], logger)
  const { firstStart } = await adminToken.keep()
  logger.info({ config: describeConfig(config), firstStart }, 'ready')
  announce(app, config, firstStart, adminToken.token)
}

/** Many data planes may be behind one address, so that one may have all the connections there are: until others want some. */
function guard ({ server }: FastifyInstance, config: Config, logger: Logger): void {
  server.headersTimeout = config.headersSeconds * 1000
  guardConnections(server, { settings: { ...config, maxConnectionsPerAddress: config.maxConnections }, nextRequestId: randomUUID, logger })
}

async function openStore (config: Config): Promise<Store> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  if (config.mongodbUrl !== null) {
    // The driver takes a while to load, and the embedded store needs none.
    const { openMongoStore } = await import('./store/mongodb/mongo-store.ts')
    return await openMongoStore({ url: config.mongodbUrl, clock: systemClock })
  }
  return await openSqliteStore({ file: path.join(config.dataDir, 'store.sqlite'), clock: systemClock })
}

async function openLogStore ({ dataDir, mongodbUrl, logRetentionDays, logMaxMb }: Config, logger: Logger): Promise<LogStore> {
  const limits = { maxAgeMs: logRetentionDays * 86_400_000, maxBytes: logMaxMb * 1024 * 1024 }
  if (mongodbUrl !== null) {
    const { createMongoLogStore } = await import('./store/mongodb/logs/mongo-log-store.ts')
    return createMongoLogStore({ url: mongodbUrl, ...limits, clock: systemClock })
  }
  return createSqliteLogStore({ file: path.join(dataDir, 'logs.sqlite'), ...limits, clock: systemClock, logger })
}

function announce (app: FastifyInstance, config: Config, firstStart: boolean, adminToken: string | null): void {
  const { port } = app.server.address() as AddressInfo
  const url = `${config.tls === null ? 'http' : 'https'}://${urlHost(config.host)}:${port}`
  if (process.send) {
    process.send({ type: 'ready', url, port, firstStart, adminToken })
    return
  }
  process.stdout.write(`imprun control plane: ${url}\n`)
  if (adminToken !== null) process.stdout.write(`Admin token (shown this once):\n\n    ${adminToken}\n\n`)
}

/** Feed streams end, what has begun is answered, then `rest` is closed in its order and the process ends; by force after the deadline. */
function closeGracefully (app: FastifyInstance, rest: Array<{ close: () => Promise<void> }>, logger: Logger): void {
  let closing = false
  const close = async (): Promise<void> => {
    if (closing) return
    closing = true
    // A connection whose last answer is sent after the closing began would otherwise be kept alive for the next request.
    const sweep = setInterval(() => app.server.closeIdleConnections(), sweepMs)
    const deadline = setTimeout(() => app.server.closeAllConnections(), drainMs)
    await app.close()
    for (const part of rest) await part.close()
    clearInterval(sweep)
    clearTimeout(deadline)
    process.exit(0)
  }
  const begin = (): void => {
    close().catch((error: unknown) => {
      logger.error({ err: error }, 'could not close')
      process.exit(1)
    })
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, begin)
  // The launcher is gone: without it nobody would stop this process.
  process.on('disconnect', begin)
}

/** One line for what the operator can set right; `null` for what is a fault of this program. */
function explain (error: unknown): string | null {
  if (error instanceof ConfigError || error instanceof StoreError) return error.message
  // A system call has failed: on the data directory, or on the port.
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  if (error.code === 'EADDRINUSE' && 'port' in error) return `port ${String(error.port)} is in use; IMPRUN_CONTROL_PORT sets another one`
  return error.message
}
