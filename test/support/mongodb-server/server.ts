import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net'
import path from 'node:path'
import { Pool } from 'pg'
import { startCluster, writeSettings, type Cluster } from './cluster.ts'
import { serveConnection } from './connection.ts'
import { Dispatcher } from './dispatch.ts'
import { Faults } from './faults.ts'
import { Member, SET_NAME } from './hello.ts'
import { makeRun } from './runs.ts'
import type { SessionSettings } from './sessions.ts'
import { serverFolder } from './setup.ts'
import { TEMPLATE } from './template.ts'

export interface MongodbServerOptions extends Partial<SessionSettings> {
  /** 0: any that is free. */
  port?: number
  /** Whether what is acknowledged outlives a power cut. On, as in production, unless the test says otherwise. */
  fsync?: boolean
}

/** A server that speaks MongoDB's protocol. Everything in it goes when it is closed, or when this process ends in any way. */
export interface MongodbServer {
  /** For the driver; the databases are named by whoever uses it. */
  url: string
  /** The same, with a database that nobody else uses. */
  databaseUrl: () => string
  faults: Faults
  /** The node is no primary until it steps up again: an election, or no majority. */
  stepDown: () => void
  stepUp: () => void
  /** Closes every connection; new ones are welcome. */
  dropConnections: () => void
  /** Nobody listens any more, as when the machine is gone; until `acceptConnections`. */
  refuseConnections: () => Promise<void>
  acceptConnections: () => Promise<void>
  /** Kills the database in the middle of what it does, and starts it again on the same data. */
  crash: () => Promise<void>
  close: () => Promise<void>
}

const SETTINGS: SessionSettings = { transactionLifetimeMs: 60_000, abandonedAfterMs: 1_000, conflictAfterMs: 50 }
const MAX_POOL = 250

/** @throws {Error} that says what is missing, when the server cannot be set up here */
export async function startServer (options: MongodbServerOptions = {}): Promise<MongodbServer> {
  const { port = 0, fsync = true, ...settings } = options
  const root = await serverFolder()
  const data = await makeRun(root, TEMPLATE)
  await writeSettings(root, data, { fsync: fsync ? 'on' : 'off' })
  const database = new Database(root, data, { ...SETTINGS, ...settings })
  await database.start()
  const listener = new Listener(database)
  await listener.listen(port)
  const url = `mongodb://${listener.member!.address}/?replicaSet=${SET_NAME}`
  return {
    url,
    databaseUrl: () => url.replace('/?', `/test-${randomUUID()}?`),
    faults: listener.faults,
    stepDown: () => { listener.faults.primary = false },
    stepUp: () => {
      listener.member!.elected()
      listener.faults.primary = true
    },
    dropConnections: () => { listener.drop() },
    refuseConnections: async () => { await listener.stop() },
    acceptConnections: async () => { await listener.listen(listener.port) },
    crash: async () => {
      await listener.stop()
      await database.stop('SIGQUIT')
      await database.start()
      await listener.listen(listener.port)
    },
    close: async () => {
      listener.faults.cureAll()
      await listener.stop()
      await database.stop('SIGINT')
      await rm(path.join(root, data), { recursive: true })
    }
  }
}

/** PostgreSQL with the connections to it. */
class Database {
  readonly #root: string
  readonly #data: string
  readonly #settings: SessionSettings
  #running: { cluster: Cluster, pool: Pool, dispatcher: Dispatcher } | null = null

  constructor (root: string, data: string, settings: SessionSettings) {
    this.#root = root
    this.#data = data
    this.#settings = settings
  }

  get dispatcher (): Dispatcher {
    return this.#running!.dispatcher
  }

  async start (): Promise<void> {
    const cluster = await startCluster(this.#root, this.#data)
    const pool = new Pool({ host: cluster.socketFolder, user: 'postgres', database: 'postgres', max: MAX_POOL })
    // Connections that nobody uses end with PostgreSQL; those in use say so to their user.
    pool.on('error', () => {})
    pool.on('connect', client => client.on('error', () => {}))
    this.#running = { cluster, pool, dispatcher: new Dispatcher(pool, this.#settings) }
  }

  async stop (how: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const { cluster, pool, dispatcher } = this.#running!
    await cluster.stop(how)
    await dispatcher.close()
    await pool.end()
  }
}

/** The address that drivers know: it comes and goes, and is always the same. */
class Listener {
  readonly faults = new Faults()
  readonly #database: Database
  readonly #sockets = new Set<Socket>()
  #server: NetServer | null = null
  #connections = 0
  member: Member | null = null
  port = 0

  constructor (database: Database) {
    this.#database = database
  }

  async listen (port: number): Promise<void> {
    this.#server = createServer(socket => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      serveConnection(socket, ++this.#connections, { dispatcher: this.#database.dispatcher, faults: this.faults, member: this.member! })
    }).listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    this.member ??= new Member(`127.0.0.1:${this.port}`)
  }

  drop (): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop (): Promise<void> {
    const server = this.#server
    if (server === null) return
    this.#server = null
    const closed = once(server, 'close')
    server.close()
    this.drop()
    await closed
  }
}
