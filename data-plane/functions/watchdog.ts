import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { FrameReader, frameTypes, FrameWriter } from './frames.ts'
import { writeSignal } from './messages.ts'
import type { SandboxLimits } from './sandbox-process.ts'

export interface WatchOptions {
  pid: number
  socketPath: string
  limits: Pick<SandboxLimits, 'maxResidentBytes' | 'maxSilenceMs'>
  kill: (reason: string, fields: Record<string, unknown>) => void
}

const memoryIntervalMs = 50
/** Pings within the longest silence allowed. */
const pingsPerSilence = 5
const pageBytes = 4096

/**
 * Looks at a sandbox from outside, where no tenant code can keep it from looking: resident memory, and whether its event loop still
 * turns. Answers with how to stop.
 */
export function watch ({ pid, socketPath, limits, kill }: WatchOptions): () => void {
  const stopMemory = watchMemory(pid, limits.maxResidentBytes, kill)
  const stopPings = watchPulse(socketPath, limits.maxSilenceMs, kill)
  return () => {
    stopMemory()
    stopPings()
  }
}

/** proc(5): the second field of statm is the resident set, in pages. Systems without /proc have no such limit. */
function watchMemory (pid: number, maxResidentBytes: number, kill: WatchOptions['kill']): () => void {
  if (process.platform !== 'linux') return () => undefined
  const timer = setInterval(() => {
    const residentBytes = readResidentBytes(pid)
    if (residentBytes <= maxResidentBytes) return
    clearInterval(timer)
    kill('it used too much memory', { residentBytes, maxResidentBytes })
  }, memoryIntervalMs).unref()
  return () => clearInterval(timer)
}

function readResidentBytes (pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * pageBytes
  } catch (error) {
    // It has ended, and the news of it are on their way.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return 0
    throw error
  }
}

function watchPulse (socketPath: string, maxSilenceMs: number, kill: WatchOptions['kill']): () => void {
  const socket = connect(socketPath)
  let heardAt = performance.now()
  const reader = new FrameReader(1024, () => { heardAt = performance.now() })
  const writer = new FrameWriter(chunk => { socket.write(chunk) }, 1024)
  socket.on('data', (chunk: Buffer) => reader.push(chunk))
  socket.on('error', () => socket.destroy())
  const timer = setInterval(() => {
    const silenceMs = Math.round(performance.now() - heardAt)
    if (silenceMs > maxSilenceMs) {
      clearInterval(timer)
      return kill('it stood still', { silenceMs })
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
