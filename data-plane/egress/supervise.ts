import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdirSync, realpathSync, rmSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Logger } from '#shared/log.ts'
import type { EgressLimits } from './limits.ts'
import type { EgressSettings } from './main.ts'

export interface SuperviseEgressOptions {
  /**
   * In it, a folder for the socket is made. Must be short: the path of a Unix socket has at most 107 bytes. Who may enter it may use the
   * socket, where this process is root's: its sandboxes go on as somebody else.
   */
  runDir: string
  /** The bundle of `main.ts`. */
  program: string
  logger: Logger
  /** CIDRs that functions may reach beside the public addresses. */
  allow?: string[]
  /** "host:port"; `null`: the system's. */
  dnsServers?: string[] | null
  limits?: Partial<EgressLimits>
}

export interface EgressSupervisor {
  /** The same for every process that follows another. */
  socketPath: string
  /** Of the process that runs now, for tests and operators. */
  pid: () => number | undefined
  close: () => Promise<void>
}

const startDeadlineMs = 15_000
const stopDeadlineMs = 2_000
const backOffMs = { first: 50, most: 5_000 }
const maxLoggedLines = 100

/**
 * Keeps the egress process alive. Resolves when it listens for the first time.
 * @throws where the first process ends before it listens
 */
export async function superviseEgress ({ runDir, program, logger, allow = [], dnsServers = null, limits = {} }: SuperviseEgressOptions): Promise<EgressSupervisor> {
  const socketPath = egressSocket(runDir)
  const isRoot = process.getuid?.() === 0
  mkdirSync(path.dirname(socketPath))
  chmodSync(path.dirname(socketPath), isRoot ? 0o711 : 0o700)
  const settings: EgressSettings = { socketPath, umask: isRoot ? 0o111 : 0o177, allow, dnsServers, limits }
  const first = Promise.withResolvers<void>()
  let child: ChildProcess
  let exited: Promise<void>
  let restart: NodeJS.Timeout | undefined
  let delayMs = backOffMs.first
  let isClosed = false

  const start = (): void => {
    // What a killed process leaves behind; the next one may not touch files.
    rmSync(socketPath, { force: true })
    const ended = Promise.withResolvers<void>()
    exited = ended.promise
    child = spawnEgress(program, settings, logger, {
      onListening: () => {
        delayMs = backOffMs.first
        first.resolve()
      },
      onExit: () => {
        ended.resolve()
        first.reject(new Error('the egress did not start'))
        if (isClosed) return
        restart = setTimeout(start, delayMs)
        delayMs = Math.min(backOffMs.most, delayMs * 2)
      }
    })
  }
  const close = async (): Promise<void> => {
    isClosed = true
    clearTimeout(restart)
    child.kill('SIGTERM')
    const deadline = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs)
    await exited
    clearTimeout(deadline)
  }

  start()
  try {
    await first.promise
  } catch (error) {
    await close()
    throw error
  }
  return { socketPath, pid: () => child.pid, close }
}

/** Where it will listen. The folder has nothing else in it: sandboxes see it whole. */
export function egressSocket (runDir: string): string {
  return path.join(runDir, 'egress', 'socket')
}

interface Handlers {
  onListening: () => void
  /** Exactly once, also where it could not be started. */
  onExit: () => void
}

function spawnEgress (program: string, settings: EgressSettings, logger: Logger, { onListening, onExit }: Handlers): ChildProcess {
  // `env -i`, because whatever instruments this process may put NODE_OPTIONS into the environment of each child, an empty one included.
  const args = ['-i', process.execPath, ...restrictions(program), program, JSON.stringify(settings)]
  const child = spawn('/usr/bin/env', args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'] })
  const starting = setTimeout(() => child.kill('SIGKILL'), startDeadlineMs)
  child.once('error', err => logger.error({ err }, 'the egress could not be started'))
  child.once('close', (code, signal) => {
    clearTimeout(starting)
    logger.info({ pid: child.pid, code, signal }, 'the egress ended')
    onExit()
  })
  createInterface(child.stdout).once('line', () => {
    clearTimeout(starting)
    logger.info({ pid: child.pid }, 'the egress listens')
    onListening()
  })
  let lines = 0
  createInterface(child.stderr).on('line', line => {
    if (lines++ < maxLoggedLines) logger.warn({ pid: child.pid, line: line.slice(0, 1_000) }, 'the egress said')
  })
  return child
}

/**
 * Should a server's answer ever get the better of the HTTP client, it finds no shell, no threads, no native code and no file but its own
 * program. Node.js before 25 could not be told to leave the network open, and runs without.
 */
function restrictions (program: string): string[] {
  if (!process.allowedNodeEnvironmentFlags.has('--allow-net')) return []
  // Behind a link it is to be readable at both of its ends.
  const readable = new Set([program, realpathSync(program)])
  return ['--disable-warning=ExperimentalWarning', '--permission', '--allow-net', ...[...readable].map(file => `--allow-fs-read=${file}`)]
}
