import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'

export interface ControlPlaneProcess {
  child: ChildProcess
  /** What it said when it listened; `null`: it has ended without. */
  ready: Promise<{ url: string, port: number, firstStart: boolean, adminToken: string | null } | null>
  exit: Promise<{ code: number | null, signal: NodeJS.Signals | null, stderr: string, stdout: string }>
}

const main = path.join(import.meta.dirname, '..', '..', 'control-plane', 'main.ts')

/** The control plane as the launcher starts it, with nobody's own settings; killed with the test. */
export function forkControlPlane (t: Test, env: Record<string, string>): ControlPlaneProcess {
  const child = fork(main, { execArgv: [], env: { IMPRUN_CONTROL_PORT: '0', IMPRUN_LOG_LEVEL: 'silent', ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  t.teardown(() => void child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  child.stdout!.on('data', (chunk: Buffer) => { output.stdout += chunk.toString() })
  child.stderr!.on('data', (chunk: Buffer) => { output.stderr += chunk.toString() })
  // Not the child's 'close', which never comes after a disconnect.
  const exit = Promise.all([once(child, 'exit'), once(child.stdout!, 'close'), once(child.stderr!, 'close')])
    .then(([[code, signal]]) => ({ code: code as number | null, signal: signal as NodeJS.Signals | null, ...output }))
  const said = once(child, 'message').then(([message]) => message as Awaited<ControlPlaneProcess['ready']>)
  return { child, ready: Promise.race([said, exit.then(() => null)]), exit }
}

export function dataDirectory (t: Test): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'imprun-control-'))
  t.teardown(async () => await rm(directory, { recursive: true, force: true }))
  return directory
}
