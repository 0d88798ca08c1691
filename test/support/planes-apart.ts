import type { Test } from 'tap'
import { Agent } from 'undici'
import { forkControlPlane, dataDirectory } from './control-plane-process.ts'
import { adminClient, trafficClient, type Admin, type Traffic } from './http.ts'
import { forkPlatform } from './launch.ts'
import { temporaryDirectory } from './platform.ts'
import { freePorts } from './ports.ts'
import { until } from './until.ts'

/** What all planes of an installation are told, so that they belong together. */
const env = {
  IMPRUN_ADMIN_TOKEN: 'admin-token-of-the-tests',
  IMPRUN_DATA_PLANE_TOKEN: 'data-plane-token-of-the-tests',
  IMPRUN_SECRET_KEY: 'A'.repeat(43)
}

export interface ControlPlaneApart {
  url: string
  admin: Admin
  /** SIGKILL; resolves when it is gone. */
  kill: () => Promise<void>
}

/** One of several control planes of one database. */
export async function startControlPlaneApart (t: Test, mongodbUrl: string): Promise<ControlPlaneApart> {
  const { child, ready, exit } = forkControlPlane(t, { ...env, MONGODB_URL: mongodbUrl, IMPRUN_DATA_DIR: dataDirectory(t) })
  const said = await ready
  if (said === null) throw new Error(`The control plane has ended: ${(await exit).stderr}`)
  const dispatcher = new Agent()
  t.teardown(async () => await dispatcher.destroy())
  return {
    url: said.url,
    admin: adminClient(said.url, env.IMPRUN_ADMIN_TOKEN, dispatcher),
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    }
  }
}

/** A data plane with everything below it, and the control plane somewhere else. */
export async function startDataPlaneApart (t: Test, controlUrl: string): Promise<Traffic> {
  const [port] = await freePorts(1)
  const { child, output, exited } = forkPlatform({
    dataDir: temporaryDirectory(t),
    args: ['data-plane'],
    env: { ...env, IMPRUN_CONTROL_URL: controlUrl, IMPRUN_DATA_PORT: String(port), IMPRUN_WORKERS: '1', IMPRUN_SANDBOXES: '1', IMPRUN_LOG_LEVEL: 'warn' }
  })
  const dispatcher = new Agent()
  t.teardown(async () => {
    await dispatcher.destroy()
    child.kill('SIGTERM')
    await exited
  })
  await until('the data plane serves', () => output().includes('imprun data plane: '), isSo => isSo, 3_000)
  return trafficClient(`http://127.0.0.1:${port}`, dispatcher)
}
