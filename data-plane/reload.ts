import { ConfigError, type Config } from '#shared/config.ts'
import { isUnreachable } from './keeper/control.ts'
import { readRecord } from './keeper/record.ts'
import { askForReload } from './keeper/reload.ts'

/**
 * `npm run data-plane:reload`: replaces the processes of the data plane that runs on this data directory, whoever has started it, and waits
 * until the new ones serve.
 * @throws {ConfigError} where there is none, or the new ones cannot start
 */
export async function reloadDataPlane ({ dataDir }: Pick<Config, 'dataDir'>): Promise<void> {
  const record = readRecord(dataDir)
  if (record === null) throw new ConfigError(`no data plane runs on ${dataDir}`)
  const { generation, failure } = await askForReload(record.socket).catch((error: unknown) => {
    throw isUnreachable(error) ? new ConfigError(`no data plane runs on ${dataDir} any more`, { cause: error }) : error
  })
  if (failure !== null) throw new ConfigError(`the new processes do not serve, and generation ${generation} goes on: the new generation ${failure}`)
  process.stdout.write(`generation ${generation} serves\n`)
}
