import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Test } from 'tap'

const main = path.join(import.meta.dirname, '../../data-plane/main.ts')

/** Starts a data plane that cannot start. Resolves with its exit code and what it has written to standard error. */
export async function startInVain (t: Test, env: Record<string, string>): Promise<{ code: number | null, stderr: string }> {
  const child = fork(main, {
    env: { IMPRUN_DATA_PORT: '0', IMPRUN_LOG_LEVEL: 'silent', IMPRUN_CONTROL_URL: 'http://127.0.0.1:9', ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  t.teardown(() => { child.kill('SIGKILL') })
  let stderr = ''
  child.stderr!.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const [code] = await once(child, 'close') as [number | null]
  return { code, stderr }
}
