import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import type { Test } from 'tap'
import { Agent } from 'undici'
import { buildControlPlane } from '../../control-plane/app.ts'
import { hashToken } from '../../control-plane/bearer.ts'
import type { PackageLimits } from '../../control-plane/packages/messages.ts'
import type { LogStore } from '../../control-plane/store/log-store.ts'
import { createSqliteLogStore } from '../../control-plane/store/sqlite/logs/sqlite-log-store.ts'
import { openSqliteStore } from '../../control-plane/store/sqlite/sqlite-store.ts'
import type { Store } from '../../control-plane/store/store.ts'
import type { Clock } from '#shared/clock.ts'
import { createSecretBox, createSecretKey, type SecretBox } from '#shared/secret-box.ts'
import { adminClient, type Admin } from './http.ts'

export interface ControlPlane {
  url: string
  /** With the admin token. */
  admin: Admin
  store: Store
  app: FastifyInstance
  dataDir: string
  clock: { now: () => number, advance: (milliseconds: number) => void }
  /** All log lines so far. */
  logs: () => string
}

export interface ControlPlaneInit {
  feedHeartbeatMs?: number
  feedStallMs?: number
  lagWatchMs?: number
  logHeartbeatMs?: number
  /** How much of what functions log is kept. */
  logMaxBytes?: number
  keyPepper?: string
  secretBox?: SecretBox
  npmRegistry?: string
  packageLimits?: Partial<PackageLimits>
  /** Puts something between the app and the store. */
  wrapStore?: (store: Store) => Store
  wrapLogStore?: (logStore: LogStore) => LogStore
}

export const adminToken = 'admin-token-of-the-tests'
export const dataPlaneToken = 'data-plane-token-of-the-tests'

/** A control plane that listens, over an embedded store in a directory of its own; gone with the test. */
export async function startControlPlane (t: Test, init: ControlPlaneInit = {}): Promise<ControlPlane> {
  const { feedHeartbeatMs, feedStallMs, lagWatchMs, logHeartbeatMs, logMaxBytes = 1e9, wrapLogStore = logStore => logStore, npmRegistry, packageLimits = {}, keyPepper, secretBox = createSecretBox([createSecretKey()]), wrapStore = store => store } = init
  const dataDir = await mkdtemp(path.join(tmpdir(), 'imprun-control-'))
  t.teardown(async () => await rm(dataDir, { recursive: true, force: true }))
  const clock = settableClock()
  const store = await openSqliteStore({ file: path.join(dataDir, 'store.sqlite'), clock })
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, new Writable({ write: (chunk: Buffer, _encoding, done) => { lines.push(chunk.toString()); done() } }))
  const logStore = createSqliteLogStore({ file: path.join(dataDir, 'logs.sqlite'), maxAgeMs: 7 * 86_400_000, maxBytes: logMaxBytes, clock, logger })
  const app = await buildControlPlane({
    store: wrapStore(store),
    logStore: wrapLogStore(logStore),
    config: { baseDomain: 'localhost', keyPepper: keyPepper ?? null, npmRegistry: npmRegistry ?? null, npmConnection: null },
    clock,
    logger,
    secretBox,
    adminTokenHash: hashToken(adminToken),
    dataPlaneToken,
    packageLimits,
    ...(feedHeartbeatMs !== undefined && { feedHeartbeatMs }),
    ...(lagWatchMs !== undefined && { lagWatchMs }),
    ...(feedStallMs !== undefined && { feedStallMs }),
    ...(logHeartbeatMs !== undefined && { logHeartbeatMs })
  })
  const dispatcher = new Agent()
  t.teardown(async () => {
    await dispatcher.destroy()
    await app.close()
    await store.close()
    await logStore.close()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, admin: adminClient(url, adminToken, dispatcher), store, app, dataDir, clock, logs: () => lines.join('') }
}

function settableClock (): ControlPlane['clock'] {
  let now = Date.UTC(2030, 0, 1)
  return { now: () => now, advance: milliseconds => { now += milliseconds } } satisfies Clock & ControlPlane['clock']
}
