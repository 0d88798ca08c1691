import { closeSync, openSync } from 'node:fs'

/** What a child is given for standard output and standard error. */
export interface Outputs {
  stdio: [output: number | 'inherit', error: number | 'inherit']
  /** After the child has them. */
  close: () => void
}

/** This process's own. */
export const ownOutputs: Outputs = { stdio: ['inherit', 'inherit'], close: () => undefined }

/**
 * Those of another process of this user: whoever read this process's may be gone with the one that had started it. proc_pid_fd(5): a file, a
 * terminal or a pipe can be opened there, a socket cannot; then, and where there is no such file system, it is this process's own.
 */
export function outputsOf (pid: number): Outputs {
  const [output, error] = [1, 2].map(fd => open(`/proc/${pid}/fd/${fd}`))
  return {
    stdio: [output ?? 'inherit', error ?? 'inherit'],
    close: () => {
      for (const fd of [output, error]) if (typeof fd === 'number') closeSync(fd)
    }
  }
}

function open (file: string): number | 'inherit' {
  try {
    return openSync(file, 'a')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 'inherit'
    throw error
  }
}
