import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Test } from 'tap'
import { createQueue, type Queue } from './queue.ts'

/** A data plane in a process of its own. Its workers are of the fixture's kind, and its sandboxes are pretended, unless true ones are asked for. */
export interface Supervised {
  child: ChildProcess
  port: number
  applied: Queue<number>
  exited: Promise<[code: number | null, signal: NodeJS.Signals | null]>
}

export interface SupervisedOptions {
  dataDir: string
  controlUrl: string
  sandboxes?: 'real-sandboxes'
  workers?: 'real-workers'
  /** Further settings. */
  env?: Record<string, string>
}

export async function startSupervised (t: Test, options: SupervisedOptions): Promise<Supervised> {
  const child = fork(path.join(import.meta.dirname, 'supervisor.ts'), [options.sandboxes, options.workers].filter(real => real !== undefined), {
    env: {
      PATH: process.env.PATH,
      IMPRUN_DATA_DIR: options.dataDir,
      IMPRUN_CONTROL_URL: options.controlUrl,
      IMPRUN_DATA_PLANE_TOKEN: 'token-of-the-data-plane',
      IMPRUN_DATA_PORT: '0',
      IMPRUN_WORKERS: '2',
      IMPRUN_SANDBOXES: '1',
      ...options.env
    }
  })
  t.teardown(() => { child.kill('SIGKILL') })
  const applied = createQueue<number>()
  const ports = createQueue<number>()
  const exited = once(child, 'exit') as Supervised['exited']
  child.on('message', (message: { type: 'ready', port: number } | { type: 'applied', revision: number }) => {
    if (message.type === 'ready') ports.push(message.port)
    else applied.push(message.revision)
  })
  const port = await Promise.race([ports.next(), exited.then(([code]) => { throw new Error(`it ended with ${code}`) })])
  return { child, port, applied, exited }
}
