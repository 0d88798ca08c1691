import { execFile } from 'node:child_process'

export interface RunOptions {
  env?: Record<string, string>
  timeoutMs?: number
}

/** What the command printed. @throws {Error} with the end of what it said, when it fails or takes too long */
export async function run (command: string, args: string[], { env = {}, timeoutMs = 60_000 }: RunOptions = {}): Promise<string> {
  return await new Promise((resolve, reject) => {
    const options = { env: { ...process.env, LC_ALL: 'C', ...env }, timeout: timeoutMs, maxBuffer: 64 * 2 ** 20 }
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      const why = error.killed === true ? `still at it after ${timeoutMs / 1_000} s` : (stderr.trim() || stdout.trim() || error.message)
      reject(new Error(`${command}: ${why.split('\n').slice(-6).join('\n')}`, { cause: error }))
    })
    child.stdin!.end()
  })
}
