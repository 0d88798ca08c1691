import path from 'node:path'
import { ConfigError, describeConfig, passOnEnvironment, readConfig, urlHost, type Config } from '#shared/config.ts'
import { createLogger } from '#shared/log.ts'
import { describeFailure, explainListen } from './failure.ts'
import { ListenFailed } from './keeper/bind.ts'
import { keepDataPlane } from './keeper/keep.ts'
import type { Keeper } from './keeper/keeper.ts'
import { dataPlaneToken, tokenFile } from './token.ts'

/** The data plane's process, started by itself. It drains and ends with SIGTERM or SIGINT; SIGHUP and SIGUSR2 replace all that is below it. */
async function main (): Promise<void> {
  const config = readConfig()
  if (dataPlaneToken(config) === null) {
    throw new ConfigError(`IMPRUN_DATA_PLANE_TOKEN is not set, and no control plane has left a token in ${tokenFile(config.dataDir)}`)
  }
  const logger = createLogger('data-plane', config.logLevel)
  logger.info(describeConfig(config), 'starting')
  const keeper = await keepDataPlane({
    config, env: childEnvironment(config), onApplied: () => undefined, say: message => logger.warn(message)
  }).catch((error: unknown) => { throw error instanceof ListenFailed ? explainListen(error, config) : error })
  const end = (exitCode: number): void => void keeper.close().then(() => process.exit(exitCode), fail)
  obey(keeper, () => end(0))
  void keeper.failed.then(end)
  if (!await keeper.ready) return
  logger.info({ host: config.host, port: keeper.port }, 'ready')
  process.stdout.write(`imprun data plane: http://${urlHost(config.host)}:${keeper.port}\n`)
}

/** Of all below this process: types are stripped and modules compiled once, and not at each start. */
function childEnvironment ({ dataDir }: Pick<Config, 'dataDir'>): NodeJS.ProcessEnv {
  return passOnEnvironment({ NODE_COMPILE_CACHE: path.join(dataDir, 'compile-cache') })
}

function obey (keeper: Keeper, end: () => void): void {
  const reload = (): void => void keeper.reload()
  process.on('SIGTERM', end).on('SIGINT', end).on('disconnect', end)
  process.on('SIGUSR2', reload).on('SIGHUP', process.stdin.isTTY ? end : reload)
}

function fail (error: unknown): never {
  process.stderr.write(`imprun data-plane: ${describeFailure(error)}\n`)
  process.exit(1)
}

main().catch(fail)
