import { once } from 'node:events'
import path from 'node:path'
import { forkPlatform, type Forked } from '../../test/support/launch.ts'
import { freePorts } from '../../test/support/ports.ts'

/** A plane as its operator starts it: a process of its own, with all below it. */
export interface Plane {
  url: string
  pid: number
  output: () => string
  /** SIGTERM; resolves when it has ended. @throws where it has not ended well */
  stop: () => Promise<void>
}

export interface Installation {
  dataDir: string
  adminToken: string
}

// Each plane has its own compile cache, or none: that of the tests is not an operator's.
const shared = { IMPRUN_DATA_PLANE_TOKEN: 'data-plane-token-of-the-benchmark', IMPRUN_SECRET_KEY: 'A'.repeat(43), IMPRUN_LOG_LEVEL: 'warn', NODE_COMPILE_CACHE: undefined }

/** Resolves when it answers. */
export async function startControlPlane ({ dataDir, adminToken }: Installation): Promise<Plane> {
  const env = { ...shared, IMPRUN_ADMIN_TOKEN: adminToken, IMPRUN_CONTROL_PORT: '0' }
  const forked = forkPlatform({ dataDir: path.join(dataDir, 'control'), args: ['control-plane'], env })
  const ended = forked.exited.then(() => { throw new Error(`The control plane has ended:\n${forked.output()}`) })
  const [message] = await Promise.race([once(forked.child, 'message'), ended])
  ended.catch(() => undefined)
  return planeOf(forked, (message as { url: string }).url)
}

export const workerCount = 2

/** With one sandbox. Resolves at once: when it answers is what is measured. */
export async function startDataPlane ({ dataDir }: Installation, controlUrl: string): Promise<Plane> {
  const [port] = await freePorts(1)
  const env = { ...shared, IMPRUN_CONTROL_URL: controlUrl, IMPRUN_DATA_PORT: String(port), IMPRUN_WORKERS: String(workerCount), IMPRUN_SANDBOXES: '1', IMPRUN_OVERLOAD_DELAY_MS: '10000' }
  return planeOf(forkPlatform({ dataDir: path.join(dataDir, 'data'), args: ['data-plane'], env }), `http://127.0.0.1:${port}`)
}

function planeOf ({ child, output, exited }: Forked, url: string): Plane {
  return {
    url,
    pid: child.pid!,
    output,
    stop: async () => {
      child.kill('SIGTERM')
      const { code, signal } = await exited
      if (code !== 0) throw new Error(`A plane ended with ${code ?? signal}:\n${output()}`)
    }
  }
}

/** Where no control plane is. */
export const nowhere = 'http://127.0.0.1:9'
