import { fork } from 'node:child_process'
import path from 'node:path'
import type { GenerationMessage, KeeperMessage } from './messages.ts'
import type { Outputs } from './outputs.ts'

/** A supervisor and all the processes below it, as their keeper sees them. */
export interface Generation {
  readonly number: number
  /** The supervisor's. */
  readonly pid: number
  /** It waits for its turn. false: it has ended before. */
  readonly prepared: Promise<boolean>
  /** It accepts requests. false: it has ended before. */
  readonly ready: Promise<boolean>
  /** It has let go of the replica, or has ended. */
  readonly released: () => Promise<void>
  /** Resolves with its exit code, or the signal. */
  readonly exited: Promise<number | string>
  readonly isReady: () => boolean
  readonly hasEnded: () => boolean
  /** Does nothing where it is going. */
  readonly tell: (message: KeeperMessage) => void
  readonly kill: (signal: NodeJS.Signals) => void
}

export interface GenerationEvents {
  onApplied: (revision: number) => void
  /** It was asked for what only the keeper can do. */
  onReload: () => void
}

export interface GenerationOptions extends GenerationEvents {
  number: number
  /** `waiting`: it prepares itself, and begins when it is told to. */
  begin: 'now' | 'waiting'
  /** Of the socket that it listens on. */
  fd: number
  env: NodeJS.ProcessEnv
  outputs: Outputs
}

const entry = path.join(import.meta.dirname, '..', 'supervisor-process.ts')

/** Each is a process of its own that reads the program anew, as it is on the disk by then. */
export function startGeneration ({ number, begin, fd, env, outputs, ...events }: GenerationOptions): Generation {
  // A session of its own: what a terminal sends to all at once (Ctrl-C, a hang-up) is the keeper's to understand.
  const child = fork(entry, [String(number), begin], { detached: true, env, stdio: ['inherit', ...outputs.stdio, 'ipc', fd] })
  const { generation, end } = followGeneration(number, child.pid ?? 0, child, events)
  child.once('error', error => end(error.message))
  child.once('exit', (code, signal) => end(signal ?? code ?? 'unknown'))
  return { ...generation, kill: signal => { child.kill(signal) } }
}

/**
 * The one that serves already, and has started this process because its keeper was gone.
 * @param pid of its supervisor, this process's parent
 */
export function adoptGeneration (number: number, pid: number, events: GenerationEvents): Generation {
  const { generation, end, receive } = followGeneration(number, pid, process, events)
  process.once('disconnect', () => end('it has ended'))
  receive({ type: 'prepared' })
  receive({ type: 'ready' })
  return generation
}

/** The line to a supervisor, from whichever end it was started. */
interface Channel {
  connected: boolean
  send?: (message: KeeperMessage, handle: undefined, options: undefined, callback: () => void) => boolean
  on: (event: 'message', listener: (message: GenerationMessage) => void) => unknown
}

interface FollowedGeneration {
  generation: Generation
  end: (reason: number | string) => void
  receive: (message: GenerationMessage) => void
}

function followGeneration (number: number, pid: number, channel: Channel, { onApplied, onReload }: GenerationEvents): FollowedGeneration {
  const prepared = Promise.withResolvers<boolean>()
  const ready = Promise.withResolvers<boolean>()
  const exited = Promise.withResolvers<number | string>()
  let released = Promise.withResolvers<void>()
  let isReady = false
  let hasEnded = false

  const tell = (message: KeeperMessage): void => {
    // Where sending fails it is going, and its exit says so.
    if (channel.connected) channel.send?.(message, undefined, undefined, ignore)
  }
  const receive = (message: GenerationMessage): void => {
    switch (message.type) {
      case 'prepared': return prepared.resolve(true)
      case 'released': return released.resolve()
      case 'ready':
        isReady = true
        return ready.resolve(true)
      case 'applied': return onApplied(message.revision)
      case 'reload': return onReload()
    }
  }
  channel.on('message', receive)
  const end = (reason: number | string): void => {
    hasEnded = true
    prepared.resolve(false)
    ready.resolve(false)
    released.resolve()
    exited.resolve(reason)
  }
  const generation: Generation = {
    number,
    pid,
    prepared: prepared.promise,
    ready: ready.promise,
    exited: exited.promise,
    isReady: () => isReady,
    hasEnded: () => hasEnded,
    released: async () => {
      if (!hasEnded) released = Promise.withResolvers()
      tell({ type: 'release' })
      await released.promise
    },
    tell,
    kill: signal => {
      if (!hasEnded) process.kill(pid, signal)
    }
  }
  return { generation, end, receive }
}

function ignore (): void {}
