import { parseArgs } from 'node:util'
import { startServer } from './server.ts'

/** By hand: starts a server and says where it is, until SIGINT or SIGTERM. With --port and --no-fsync. */
const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, fsync: { type: 'boolean', default: true } }, allowNegative: true })

try {
  const server = await startServer({ port: Number(values.port), fsync: values.fsync })
  process.stdout.write(`${server.url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void server.close() })
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? `\n${error.cause.message}` : ''
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${cause}\n`)
  process.exitCode = 1
}
