import path from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '#shared/clock.ts'
import { ConfigError, readConfig } from '#shared/config.ts'
import { SecretError } from '#shared/secret-box.ts'
import { readSecretKeys } from '../edge/secrets.ts'
import { FeedDenied } from '../feed/connection.ts'
import { ReplicaDamaged } from '../replica/errors.ts'
import { writeSnapshot } from './file.ts'
import { fromControlPlane, fromReplica } from './sources.ts'

const usage = `npm run snapshot:export -- --to <file> [--from control-plane|replica] [--valid-for-hours <number>]

  Writes what a data plane needs to start without a control plane: IMPRUN_SNAPSHOT=<file> npm run data-plane
`

/** `npm run snapshot:export`. */
async function main (): Promise<void> {
  const { to, from, validForMs } = readOptions()
  const config = readConfig()
  const source = from === 'replica' ? fromReplica(config) : fromControlPlane(config)
  const now = systemClock.now()
  const header = {
    environments: source.environments, createdAt: new Date(now).toISOString(), expiresAt: validForMs === null ? null : new Date(now + validForMs).toISOString()
  }
  await writeSnapshot(to, header, source.lines, readSecretKeys(config)[0]!)
  process.stdout.write(`${to}: ${header.environments === null ? 'all environments' : header.environments.join(', ')}, ${header.expiresAt === null ? 'without an end' : `until ${header.expiresAt}`}\n`)
}

function readOptions (): { to: string, from: string, validForMs: number | null } {
  const { values } = parseArgs({
    options: { to: { type: 'string' }, from: { type: 'string', default: 'control-plane' }, 'valid-for-hours': { type: 'string' } }
  })
  const { to, from, 'valid-for-hours': hours } = values
  if (to === undefined || !['control-plane', 'replica'].includes(from)) throw new ConfigError(`what is wanted?\n\n${usage}`)
  if (hours !== undefined && !/^[1-9]\d{0,5}$/.test(hours)) throw new ConfigError('--valid-for-hours must be a whole number from 1 on')
  return { to: path.resolve(to), from, validForMs: hours === undefined ? null : Number(hours) * 3_600_000 }
}

/** What an operator can mend is said in one line. */
function describe (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isPlain = [ConfigError, SecretError, FeedDenied, ReplicaDamaged].some(type => error instanceof type) || 'code' in error
  return isPlain ? error.message : error.stack ?? error.message
}

try {
  await main()
} catch (error) {
  process.stderr.write(`imprun snapshot:export: ${describe(error)}\n`)
  process.exitCode = 1
}
