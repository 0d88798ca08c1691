import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { endProcess } from './process.ts'
import type { Program } from './programs.ts'

const startTimeoutMs = 120_000

export interface Listening {
  child: ChildProcess
  /** What it has written to standard error. */
  output: () => string
  close: () => Promise<void>
}

/** A server in the foreground, which does not say when it listens. @throws with its output where it ends, or does not listen in time */
export async function startListening ({ file, env }: Program, args: readonly string[], port: number): Promise<Listening> {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env })
  const chunks: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const output = (): string => Buffer.concat(chunks).toString()
  const close = async (): Promise<void> => await endProcess(child)
  try {
    for (const deadline = performance.now() + startTimeoutMs; performance.now() < deadline; await delay(20)) {
      if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}:\n${output()}`)
      if (await listens(port)) return { child, output, close }
    }
    throw new Error(`${file} does not listen:\n${output()}`)
  } catch (error) {
    await close()
    throw error
  }
}

async function listens (port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  // What it emits as an error is that nobody is there yet.
  const isOpen = await once(socket, 'connect').then(() => true, () => false)
  socket.destroy()
  return isOpen
}
