import { availableParallelism, cpus } from 'node:os'
import { NotComparable } from './report.ts'

/** What has been started, last first. */
export interface Started {
  add: (close: () => Promise<void>) => void
  /** Each is closed, also where another one could not be. */
  close: () => Promise<void>
}

/**
 * Measures, and closes what has been started for it however that ends, by a signal as well. Where the numbers would compare nothing, that is said.
 * @throws what `measure` throws otherwise
 */
export async function run (measure: (started: Started) => Promise<void>, onFailure: () => void = () => undefined): Promise<void> {
  const started = createStarted()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void started.close().finally(() => process.exit(1)))
  try {
    await measure(started)
  } catch (error) {
    onFailure()
    if (!(error instanceof NotComparable)) throw error
    process.stderr.write(`No comparison: ${error.message}.\n`)
    process.exitCode = 1
  } finally {
    await started.close()
  }
}

function createStarted (): Started {
  const closing: Array<() => Promise<void>> = []
  return {
    add: close => { closing.push(close) },
    close: async () => {
      const results = await Promise.allSettled(closing.splice(0).toReversed().map(async close => await close()))
      for (const result of results) {
        if (result.status === 'fulfilled') continue
        process.stderr.write(`What was started could not be closed: ${result.reason}\n`)
        process.exitCode = 1
      }
    }
  }
}

export interface Machine {
  cpu: string
  cores: number
  node: string
}

/** On which something is measured: numbers of two machines say nothing about each other. */
export function machine (): Machine {
  return { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version }
}

/** @throws {TypeError} that names the option */
export function positive (name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number from 1, not "${text}"`)
  return value
}

export function say (text: string): void {
  process.stdout.write(`${text}\n`)
}
