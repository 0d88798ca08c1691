import { Agent } from 'undici'
import type { Test } from 'tap'
import { trafficClient, type Traffic } from './http.ts'
import { forkPlatform, type Forked } from './launch.ts'

/** A data plane alone, as `npm run data-plane` starts it; it ends with the test. */
export interface DataPlaneProcess extends Forked {
  traffic: Traffic
}

/** @throws with its output where it does not start */
export async function startDataPlane (t: Test, dataDir: string, env: Record<string, string> = {}): Promise<DataPlaneProcess> {
  // Port 9 is nobody's: there is no control plane.
  const forked = forkPlatform({ dataDir, args: ['data-plane'], env: { IMPRUN_CONTROL_URL: 'http://127.0.0.1:9', IMPRUN_DATA_PORT: '0', IMPRUN_WORKERS: '1', IMPRUN_SANDBOXES: '1', ...env } })
  t.teardown(() => {
    forked.child.kill('SIGKILL')
    if (!t.passing()) t.comment(forked.output())
  })
  const { promise: ready, resolve } = Promise.withResolvers<string>()
  forked.child.stdout!.on('data', () => {
    const [, url] = /imprun data plane: (\S+)/.exec(forked.output()) ?? []
    if (url !== undefined) resolve(url)
  })
  const failed = forked.exited.then(() => { throw new Error(`the data plane did not start:\n${forked.output()}`) })
  const url = await Promise.race([ready, failed])
  failed.catch(() => {})
  const dispatcher = new Agent()
  t.teardown(async () => await dispatcher.destroy())
  return { ...forked, traffic: trafficClient(url, dispatcher) }
}
