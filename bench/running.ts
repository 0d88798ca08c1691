import { createStarted, type Started } from './engine/started.ts'
import { NotComparable } from './report.ts'

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

/** @throws {TypeError} that names the option */
export function positive (name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`--${name} must be a whole number from 1, not "${text}"`)
  return value
}

export function say (text: string): void {
  process.stdout.write(`${text}\n`)
}
