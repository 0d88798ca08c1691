import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Test } from 'tap'
import { createLogger } from '#shared/log.ts'
import type { BeginMessage, SupervisorMessage, WorkerMessage } from '../../data-plane/messages.ts'
import { bindAddress, type BoundAddress } from '../../data-plane/keeper/bind.ts'
import { replicaFile } from '../../data-plane/replica/schema.ts'
import { openReplicaWriter, type ReplicaWriter } from '../../data-plane/replica/writer.ts'
import { temporaryDirectory } from './platform.ts'

export interface Worker {
  pid: number
  tell: (message: SupervisorMessage) => void
  /** The next message of this type. */
  hear: <Type extends WorkerMessage['type']>(type: Type) => Promise<Extract<WorkerMessage, { type: Type }>>
  disconnect: () => void
  exited: Promise<unknown[]>
  writer: ReplicaWriter
}

/** A worker's process; the test is its supervisor. */
export async function startWorker (t: Test, env: Record<string, string> = {}, address?: BoundAddress): Promise<Worker> {
  const dataDir = temporaryDirectory(t)
  const writer = openReplicaWriter({ file: replicaFile(dataDir), environments: null, logger: createLogger('test', 'silent') })
  const { fd } = address ?? await bindAddress('127.0.0.1', 0)
  const child = fork(path.join(import.meta.dirname, '../../data-plane/edge/worker.ts'), ['1', '1'], {
    execArgv: [],
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', fd],
    env: { IMPRUN_DATA_DIR: dataDir, IMPRUN_WORKERS: '1', IMPRUN_ACCESS_LOG: 'off', IMPRUN_LOG_LEVEL: 'error', ...env }
  })
  const begin: BeginMessage = { type: 'begin' }
  child.on('message', ({ type }: WorkerMessage) => {
    if (type === 'loaded') child.send(begin)
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
    writer.close()
  })
  return {
    pid: child.pid!,
    tell: message => { child.send(message) },
    hear: async type => {
      for (;;) {
        const [message] = await once(child, 'message') as [WorkerMessage]
        if (message.type === type) return message as never
      }
    },
    disconnect: () => child.disconnect(),
    exited,
    writer
  }
}
