import { createStarted, type Started } from './started.ts'

/** What is started for this run is closed when it is told to end, too. */
export function closeAtSignals (): Started {
  const started = createStarted()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void started.close().finally(() => process.exit(1)))
  return started
}
