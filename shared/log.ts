import { pino, type Logger } from 'pino'

export type { Logger } from 'pino'

/**
 * One JSON line per event on standard output. Secrets never reach it: whatever carries one of these names is replaced.
 */
export function createLogger (name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: {
      paths: ['apiKey', '*.apiKey', 'authorization', '*.authorization', 'headers["x-api-key"]', 'headers.apikey', 'headers.authorization'],
      censor: '[redacted]'
    }
  })
}
