import { readSync } from 'node:fs'
import { connect } from 'node:net'
import { decodeMark, maxMarkBytes, type Mark } from './blame.ts'
import { FrameReader, frameTypes, FrameWriter } from './frames.ts'
import { writeSignal } from './messages.ts'
import type { LossReason } from './placement.ts'
import { watchProcess } from './proc.ts'
import type { SandboxLimits } from './sandbox-process.ts'

export interface WatchOptions {
  pid: number
  socketPath: string
  /** See `blame.ts`. */
  markFile: number
  limits: SandboxLimits
  kill: (reason: LossReason, why: string, fields: Record<string, unknown>) => void
  /** This function has kept the others waiting for too long altogether. */
  onHeavy: (key: string) => void
}

export interface Watch {
  /** How long no tenant code has run. */
  idleMs: () => number
  stop: () => void
}

const lookIntervalMs = 20
/** Pings within the longest silence allowed. */
const pingsPerSilence = 5
/** What a function has kept others waiting for is forgotten so long after. */
const forgetAfterMs = 60_000

/**
 * Looks at a sandbox from outside, where no tenant code can keep it from looking: resident memory, for how long the same turn of tenant
 * code has been running, and whether its event loop still turns.
 */
export function watch ({ pid, socketPath, markFile, limits, kill, onHeavy }: WatchOptions): Watch {
  const watched = watchProcess(pid)
  const turns = createTurnWatch(limits, onHeavy)
  const timer = setInterval(() => {
    const residentBytes = watched.residentBytes()
    const turnMs = turns.look(readMark(markFile), watched.processorMs())
    if (residentBytes > limits.maxResidentBytes) kill('memory', 'it used too much memory', { residentBytes, maxResidentBytes: limits.maxResidentBytes })
    else if (turnMs > limits.maxTurnMs) kill('stall', 'a function does not come to an end', { turnMs })
  }, lookIntervalMs).unref()
  const stopPings = watchPulse(socketPath, limits.maxSilenceMs, kill)
  return {
    idleMs: turns.idleMs,
    stop: () => {
      clearInterval(timer)
      stopPings()
      watched.close()
    }
  }
}

export function readMark (file: number): Mark {
  return decodeMark(markBuffer.subarray(0, readSync(file, markBuffer, 0, maxMarkBytes, 0)))
}

const markBuffer = Buffer.alloc(maxMarkBytes)

interface TurnWatch {
  /** Processor time for which the same turn has been running, as far as it was seen. */
  look: (mark: Mark, processorMs: number) => number
  idleMs: () => number
}

/** The processor's time, not the clock's: on a busy machine a turn may take long without being to blame. */
function createTurnWatch (limits: Pick<SandboxLimits, 'heavyTurnMs' | 'maxHeavyMs'>, onHeavy: (key: string) => void): TurnWatch {
  const heavyMs = new Map<string, number>()
  let seen = -1
  let seenAtMs = 0
  let countedMs = 0
  let activeAt = performance.now()
  let forgetAt = performance.now() + forgetAfterMs

  const count = (key: string, turnMs: number): void => {
    if (turnMs < limits.heavyTurnMs) return
    const sum = (heavyMs.get(key) ?? 0) + turnMs - countedMs
    countedMs = turnMs
    heavyMs.set(key, sum)
    if (sum > limits.maxHeavyMs) onHeavy(key)
  }
  return {
    look: ({ turn, isRunning, key }, processorMs) => {
      const now = performance.now()
      if (now > forgetAt) {
        heavyMs.clear()
        forgetAt = now + forgetAfterMs
      }
      if (turn !== seen) {
        seen = turn
        seenAtMs = processorMs
        countedMs = 0
        activeAt = now
      }
      if (!isRunning) return 0
      count(key, processorMs - seenAtMs)
      return processorMs - seenAtMs
    },
    idleMs: () => performance.now() - activeAt
  }
}

function watchPulse (socketPath: string, maxSilenceMs: number, kill: WatchOptions['kill']): () => void {
  const socket = connect(socketPath)
  let heardAt = performance.now()
  const reader = new FrameReader(1024, () => { heardAt = performance.now() })
  const writer = new FrameWriter(chunk => { socket.write(chunk) }, 1024)
  socket.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk)
    } catch (error) {
      // Not even a sandbox that somebody has taken over may reach further than itself.
      kill('crash', 'it sent what cannot be read', { error: String(error) })
    }
  })
  socket.on('error', () => socket.destroy())
  const timer = setInterval(() => {
    const silenceMs = Math.round(performance.now() - heardAt)
    if (silenceMs > maxSilenceMs) {
      clearInterval(timer)
      return kill('stall', 'it stood still', { silenceMs })
    }
    if (socket.destroyed) return
    writeSignal(writer, frameTypes.ping, 0)
    writer.flush()
  }, maxSilenceMs / pingsPerSilence).unref()
  socket.unref()
  return () => {
    clearInterval(timer)
    socket.destroy()
  }
}
