import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** SIGTERM, and SIGKILL for what has not ended after 5 s. */
export async function endProcess (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  child.kill('SIGTERM')
  await gone.finally(() => clearTimeout(timer))
}
