import { execFile } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { promisify } from 'node:util'
import type { BenchResult, Machine } from '../result.ts'

const run = promisify(execFile)

/** On which something is measured: numbers of two machines say nothing about each other. */
export function machine (): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version
  }
}

/** What is measured; `null`: no checkout, or no git. */
export async function commit (): Promise<BenchResult['commit']> {
  try {
    const [id, changes] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain', '--untracked-files=no')])
    return { id, isDirty: changes !== '' }
  } catch (error) {
    // What was downloaded as an archive has no history (128), and a machine may have no git.
    if (error instanceof Error && 'code' in error && (error.code === 128 || error.code === 'ENOENT')) return null
    throw error
  }
}

async function git (...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: import.meta.dirname })).stdout.trim()
}
