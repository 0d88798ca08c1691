import { fork } from 'node:child_process'
import path from 'node:path'
import { Problem } from '#shared/errors.ts'
import type { Installed, InstallRefusal, InstallReply, InstallRequest } from './messages.ts'

const entry = path.join(import.meta.dirname, 'installer', 'main.ts')
const maxHeapMegabytes = 512

export interface InstallerOptions {
  /** Its way to the registry. */
  env: Record<string, string>
  signal: AbortSignal
}

/**
 * Runs an installer to its end, or to that of its time. It has nothing else of this process's environment: no secret that it could lose,
 * and no path on which a script, or `git`, could be found.
 * @throws {Problem} `build_failed`, `registry_unavailable`
 */
export async function runInstaller (request: InstallRequest, { env, signal }: InstallerOptions): Promise<Installed> {
  const child = fork(entry, [], {
    env, cwd: request.folder, execArgv: [`--max-old-space-size=${maxHeapMegabytes}`], stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  const { promise, resolve, reject } = Promise.withResolvers<Installed>()
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => { said = `${said}${chunk.toString()}`.slice(-2_000) })
  child.on('message', (reply: InstallReply) => {
    if (reply.ok) resolve(reply.installed)
    else reject(problemOf(reply.refusal))
  })
  const tooLong = `The packages could not be brought within ${request.limits.timeMs} ms.`
  const timer = setTimeout(() => reject(new Problem('registry_unavailable', tooLong)), request.limits.timeMs)
  const abort = (): void => reject(new Problem('registry_unavailable', 'The control plane stops.'))
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  const exited = new Promise<void>(resolve => child.once('close', resolve))
  child.on('error', reject)
  child.once('close', code => reject(ended(code, said)))
  child.send(request, error => { if (error) reject(error) })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    child.kill('SIGKILL')
    await exited
  }
}

/** Metadata of packages can be as large as their authors want it. */
function ended (code: number | null, said: string): Error {
  if (said.includes('heap out of memory')) return problemOf({ reason: 'refused', detail: 'The packages take too much memory to be resolved.' })
  return new Error(`An installer ended with ${code}: ${said}`)
}

function problemOf ({ reason, detail }: InstallRefusal): Problem {
  if (reason === 'unavailable') return new Problem('registry_unavailable', detail)
  return new Problem('build_failed', detail, { errors: [{ pointer: '/files/package.json', detail, file: 'package.json' }] })
}
