import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import { createFunctionRunner, type FunctionRunnerOptions, type SandboxedFunctionRunner } from '../../data-plane/functions/client.ts'
import { FrameReader, frameTypes, FrameWriter } from '../../data-plane/functions/frames.ts'
import { noKv } from '../../data-plane/functions/runner.ts'

export type HostileAnswer = (call: number, socket: Socket, writer: FrameWriter) => void

export type HostileOptions = Partial<Pick<FunctionRunnerOptions, 'onLog' | 'onVariable' | 'kv'>>

/** A sandbox in the hands of an attacker: answers every call with what `answer` writes. */
export async function startHostile (t: Test, answer: HostileAnswer, { onLog = () => undefined, onVariable = () => undefined, kv = noKv }: HostileOptions = {}): Promise<SandboxedFunctionRunner> {
  const dir = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  const socketPath = path.join(dir, 'hostile.sock')
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    const writer = new FrameWriter(chunk => { socket.write(chunk) })
    const reader = new FrameReader(1e8, (type, id) => {
      if (type !== frameTypes.call) return
      answer(id, socket, writer)
      writer.flush()
    })
    socket.on('data', (chunk: Buffer) => reader.push(chunk))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(socketPath, resolve))
  const runner = createFunctionRunner({ sockets: [socketPath], logger: pino({ level: 'silent' }), onLog, onVariable, kv })
  t.teardown(async () => {
    await runner.close()
    for (const socket of sockets) socket.destroy()
    server.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return runner
}

/** Answers with one frame. */
export function frame (type: number, ...parts: Array<(writer: FrameWriter) => void>): HostileAnswer {
  return (call, _socket, writer) => {
    writer.begin(type, call)
    for (const part of parts) part(writer)
    writer.finish()
  }
}
