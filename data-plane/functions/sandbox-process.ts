import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Logger } from '#shared/log.ts'
import { maxMarkBytes } from './blame.ts'
import type { InstalledBundles } from '../bundles/install.ts'
import type { Confinement } from './confinement.ts'
import type { LossReason } from './placement.ts'
import { innermost } from './proc.ts'
import { leaveTrace, removeTrace } from './traces.ts'
import type { SandboxSettings } from './sandbox/main.ts'
import { readMark, watch, type Watch } from './watchdog.ts'

export interface SandboxProcessOptions {
  /** A folder for this process alone; made now, removed when it has ended. */
  folder: string
  bundles: Pick<InstalledBundles, 'scripts' | 'sandbox'>
  /** `null`: no outbound requests. The socket may come and go, its folder stays. */
  egressSocket: string | null
  confinement: Confinement
  logger: Logger
  limits: SandboxLimits
  /** See `WatchOptions`. */
  onHeavy: (key: string) => void
}

/** What one sandbox process may take. */
export interface SandboxLimits {
  /** Isolates that are kept warm. */
  maxIsolates: number
  /** Of one isolate, whatever its function may have. */
  maxIsolateMb: number
  /** Of all isolates together, before the least recently used ones go. */
  maxHeapBytes: number
  /** Resident memory, before the process is killed. */
  maxResidentBytes: number
  /** How long its event loop may stand still, before the process is killed. */
  maxSilenceMs: number
  /** Processor time of tenant code without a pause, before the process is killed. */
  maxTurnMs: number
  /** Processor time without a pause that counts as keeping others waiting. */
  heavyTurnMs: number
  /** How much of that a function may have in a minute, before it runs apart. */
  maxHeavyMs: number
}

export interface SandboxEnd {
  reason: LossReason
  /** The key of the function whose code ran; `null`: none did. */
  culprit: string | null
}

export interface SandboxProcess {
  readonly socketPath: string
  readonly state: () => 'starting' | 'listening' | 'doomed'
  /** false: it has ended before it ever did. */
  readonly listening: Promise<boolean>
  /** It is being killed, or has ended: nothing is to be given to it any more. */
  readonly doomed: Promise<void>
  /** Whether it ended by itself, was killed or could not be started. */
  readonly ended: Promise<SandboxEnd>
  readonly idleMs: () => number
  readonly close: () => Promise<void>
}

const startDeadlineMs = 15_000
const stopDeadlineMs = 2_000

/**
 * Starts a sandbox with an empty environment and no channel but its socket, watches it from outside, and ends it.
 * @throws what the file system refuses, above all where the disk is full
 */
export function startSandbox (options: SandboxProcessOptions): SandboxProcess {
  const { folder, limits, onHeavy } = options
  const began = performance.now()
  const socketPath = path.join(folder, 'socket')
  mkdirSync(folder, { mode: 0o700 })
  const { child, markFile } = spawnSandbox(options)
  const logger = options.logger.child({ sandbox: path.basename(folder) })
  const { promise: listening, resolve: onListening } = Promise.withResolvers<boolean>()
  const { promise: doomed, resolve: onDoomed } = Promise.withResolvers<void>()
  const { promise: ended, resolve: onEnded } = Promise.withResolvers<SandboxEnd>()
  let watching: Watch | undefined
  let state: ReturnType<SandboxProcess['state']> = 'starting'
  let killed: LossReason | undefined

  const kill = (reason: LossReason, why: string, fields: Record<string, unknown> = {}): void => {
    if (killed !== undefined) return
    killed = reason
    state = 'doomed'
    logger.error(fields, `sandbox killed: ${why}`)
    onDoomed()
    killAll(child)
  }
  const starting = setTimeout(() => kill('crash', 'it did not start', { startDeadlineMs }), startDeadlineMs)
  const said = forwardErrors(child, logger)

  child.once('error', err => logger.error({ err }, 'a sandbox could not be started'))
  // Also after a failed start, when there was no process that could exit.
  child.once('close', (code, signal) => {
    clearTimeout(starting)
    watching?.stop()
    const { isRunning, key } = readMark(markFile)
    closeSync(markFile)
    rmSync(folder, { recursive: true, force: true })
    removeTrace(folder)
    state = 'doomed'
    logger.info({ code, signal }, 'sandbox ended')
    onListening(false)
    onDoomed()
    onEnded({ reason: killed ?? (said.outOfMemory() ? 'memory' : 'crash'), culprit: isRunning ? key : null })
  })
  createInterface(child.stdout!).once('line', () => {
    clearTimeout(starting)
    if (killed !== undefined) return
    const pid = innermost(child.pid!)
    logger.info({ pid, ms: Math.round(performance.now() - began) }, 'sandbox started')
    leaveTrace(folder, pid, err => logger.warn({ err }, 'a sandbox has left no trace: should the supervisor be killed, nobody ends it'))
    watching = watch({ pid, socketPath, markFile, limits, kill, onHeavy })
    state = 'listening'
    onListening(true)
  })

  return {
    socketPath,
    state: () => state,
    listening,
    doomed,
    ended,
    idleMs: () => watching?.idleMs() ?? 0,
    close: async () => {
      const deadline = setTimeout(() => kill('stall', 'it did not stop', { stopDeadlineMs }), stopDeadlineMs)
      // Whatever is wrapped around it passes that on, unlike a signal. It may have ended by itself.
      child.stdin?.on('error', () => undefined).end('end\n')
      await ended
      clearTimeout(deadline)
    }
  }
}

function spawnSandbox ({ folder, bundles, egressSocket, confinement, limits }: SandboxProcessOptions): { child: ChildProcess, markFile: number } {
  const settings: SandboxSettings = {
    socketPath: path.join(confinement.folder(folder), 'socket'),
    limits: { maxIsolates: limits.maxIsolates, maxIsolateMb: limits.maxIsolateMb, maxHeapBytes: limits.maxHeapBytes },
    user: confinement.user,
    egress: egressSocket === null
      ? null
      : { folder: confinement.egressFolder(path.dirname(egressSocket)), socket: path.basename(egressSocket), isOutOfReach: !confinement.isWrapped && confinement.user !== null }
  }
  // isolated-vm needs --no-node-snapshot from Node 20 on.
  const { file, args } = confinement.command({ program: bundles.sandbox, own: folder, egress: egressSocket === null ? null : path.dirname(egressSocket) }, ['--no-node-snapshot', bundles.sandbox, JSON.stringify(settings)])
  const markFile = openMark(path.join(folder, 'mark'))
  const scripts = openSync(bundles.scripts, 'r')
  const child = spawn(file, args, { env: {}, cwd: '/', stdio: ['pipe', 'pipe', 'pipe', scripts, markFile] })
  closeSync(scripts)
  return { child, markFile }
}

/** With its room on the disk, so that a sandbox does not fail for the lack of it later. */
function openMark (markPath: string): number {
  const markFile = openSync(markPath, 'wx+', 0o600)
  try {
    writeSync(markFile, Buffer.alloc(maxMarkBytes), 0, maxMarkBytes, 0)
  } catch (error) {
    closeSync(markFile)
    throw error
  }
  // Both have it open, and nobody else can.
  unlinkSync(markPath)
  return markFile
}

/** A wrapper ends what it wraps, but only the innermost process can be waited for to let go of its memory. */
function killAll (child: ChildProcess): void {
  const inner = child.pid === undefined ? undefined : innermost(child.pid)
  if (inner !== undefined && inner !== child.pid) process.kill(inner, 'SIGKILL')
  child.kill('SIGKILL')
}

const maxLoggedLines = 100

/** What V8 and Node.js say when they end; never tenant text, which leaves through the socket only. */
function forwardErrors (child: ChildProcess, logger: Logger): { outOfMemory: () => boolean } {
  let lines = 0
  let isOutOfMemory = false
  if (child.stderr !== null) {
    createInterface(child.stderr).on('line', line => {
      isOutOfMemory ||= /out of memory|has lost control/i.test(line)
      if (lines++ < maxLoggedLines) logger.warn({ line: line.slice(0, 1_000) }, 'sandbox said')
    })
  }
  return { outOfMemory: () => isOutOfMemory }
}
