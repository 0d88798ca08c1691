import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { Agent } from 'undici'
import { adminClient, trafficClient, type Admin, type Traffic } from './http.ts'
import { freePorts } from './ports.ts'

/** The whole platform as an operator starts it: the launcher and all the processes below it. */
export interface Platform {
  controlUrl: string
  dataUrl: string
  adminToken: string
  dataDir: string
  /** The launcher's; the planes are below it. */
  pid: number
  admin: Admin
  traffic: Traffic
  /** All that it has written to standard output and standard error so far. */
  output: () => string
  /** Resolves with the launcher's end. */
  exited: Promise<Exit>
  /** SIGTERM, and resolves when all is drained. @throws where it does not end within 25 s; it is then killed. */
  close: () => Promise<Exit>
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface LaunchOptions {
  dataDir: string
  /** Settings beside the ones that this makes: data directory, ports, admin token. `undefined`: not even what is made here. */
  env?: Record<string, string | undefined>
  /** Default: `start --no-sample`. */
  args?: string[]
  /** Where the program is. Default: this one. */
  root?: string
  /** Of Node.js, for the launcher and what it forks. */
  execArgv?: string[]
}

const ownRoot = path.join(import.meta.dirname, '..', '..')
/** A start is mostly the reading of modules, and tests start a platform each: a third less with this. */
const compileCache = path.join(ownRoot, 'node_modules', '.cache', 'node-compile')
/** A machine that is busy with other tests is no reason to turn requests away. */
const patient = { IMPRUN_OVERLOAD_DELAY_MS: '10000' }
const startTimeoutMs = 60_000
const closeTimeoutMs = 25_000

/** @throws with the platform's output where it ends, or is not ready in 30 s */
export async function launchPlatform (options: LaunchOptions): Promise<Platform> {
  const adminToken = options.env?.IMPRUN_ADMIN_TOKEN ?? randomBytes(24).toString('hex')
  const { child, output, exited } = forkPlatform({ ...options, env: { IMPRUN_ADMIN_TOKEN: adminToken, ...await portSettings(), ...options.env } })
  const { controlUrl, dataUrl } = await ready(child, output, exited)
  const dispatcher = new Agent()
  const close = async (): Promise<Exit> => {
    await dispatcher.destroy()
    return await stop(child, output, exited)
  }
  return {
    controlUrl,
    dataUrl,
    adminToken,
    dataDir: options.dataDir,
    pid: child.pid!,
    admin: adminClient(controlUrl, adminToken, dispatcher),
    traffic: trafficClient(dataUrl, dispatcher),
    output,
    exited,
    close
  }
}

export interface Forked {
  child: ChildProcess
  output: () => string
  exited: Promise<Exit>
}

/** Without waiting for anything: for starts that are meant to fail. The environment is clean, so nobody's own settings leak in. */
export function forkPlatform ({ dataDir, env = {}, args = ['start', '--no-sample'], root = ownRoot, execArgv = [] }: LaunchOptions): Forked {
  const child = fork(path.join(root, 'imprun.js'), args, {
    cwd: root,
    execArgv,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', NODE_COMPILE_CACHE: compileCache, IMPRUN_DATA_DIR: dataDir, IMPRUN_ACCESS_LOG: 'off', IMPRUN_ORPHAN_SECONDS: '0', ...patient, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  const chunks: Buffer[] = []
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr!.on('data', (chunk: Buffer) => chunks.push(chunk))
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  // 'close' waits for the end of both streams, and a process left behind would hold them open.
  child.once('exit', () => setTimeout(() => { child.stdout!.destroy(); child.stderr!.destroy() }, 1_000).unref())
  return { child, output: () => Buffer.concat(chunks).toString(), exited }
}

async function portSettings (): Promise<Record<string, string>> {
  const [control, data] = await freePorts(2)
  return { IMPRUN_CONTROL_PORT: String(control), IMPRUN_DATA_PORT: String(data) }
}

interface Ready { type: 'ready', controlUrl: string, dataUrl: string }

async function ready (child: ChildProcess, output: () => string, exited: Promise<Exit>): Promise<Ready> {
  const { promise, resolve, reject } = Promise.withResolvers<Ready>()
  child.on('message', message => { if (isReady(message)) resolve(message) })
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    reject(new Error(`The platform was not ready after ${startTimeoutMs} ms:\n${output()}`))
  }, startTimeoutMs)
  exited.then(exit => reject(new Error(`The platform ended with ${exit.code ?? exit.signal}:\n${output()}`)), reject)
  return await promise.finally(() => clearTimeout(timer))
}

function isReady (message: unknown): message is Ready {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready'
}

async function stop (child: ChildProcess, output: () => string, exited: Promise<Exit>): Promise<Exit> {
  let killed = false
  const timer = setTimeout(() => { killed = child.kill('SIGKILL') }, closeTimeoutMs)
  child.kill('SIGTERM')
  const exit = await exited.finally(() => clearTimeout(timer))
  if (killed) throw new Error(`The platform did not end within ${closeTimeoutMs} ms of SIGTERM:\n${output()}`)
  return exit
}
