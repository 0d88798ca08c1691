import { ConfigError, describeConfig, readConfig, urlHost, type Config } from '#shared/config.ts'
import { createLogger } from '#shared/log.ts'
import { superviseEgress } from './egress/supervise.ts'
import { superviseSandboxes } from './functions/supervise.ts'
import { ReplicaInUse } from './replica/lock.ts'
import { startSupervisor, type Supervisor } from './supervisor.ts'
import { dataPlaneToken, tokenFile } from './token.ts'
import { ListenFailed } from './workers/workers.ts'

/**
 * The data plane's process. A launcher that forked it is told `{type: 'ready', port}`, and `{type: 'applied', revision}` whenever all
 * workers serve a newer revision; it drains and ends with SIGTERM, SIGINT or its launcher.
 */
async function main (): Promise<void> {
  const config = readConfig()
  const token = (): string | null => dataPlaneToken(config)
  if (token() === null) {
    throw new ConfigError(`IMPRUN_DATA_PLANE_TOKEN is not set, and no control plane has left a token in ${tokenFile(config.dataDir)}`)
  }
  const logger = createLogger('data-plane', config.logLevel)
  logger.info(describeConfig(config), 'starting')
  const supervisor = startSupervisor({
    config, token, superviseSandboxes, superviseEgress, logger, onApplied: revision => tellLauncher({ type: 'applied', revision })
  })
  endWith(supervisor)
  try {
    const port = await supervisor.ready
    logger.info({ host: config.host, port }, 'ready')
    if (process.send === undefined) process.stdout.write(`imprun data plane: http://${urlHost(config.host)}:${port}\n`)
    else tellLauncher({ type: 'ready', port })
  } catch (error) {
    await supervisor.close()
    throw error instanceof ListenFailed ? new ConfigError(describeListen(error, config)) : error
  }
}

function endWith (supervisor: Supervisor): void {
  const close = (): void => void supervisor.close().then(() => process.exit(), fail)
  process.on('SIGTERM', close).on('SIGINT', close).on('disconnect', close)
}

/** What an operator can mend is said in one line; anything else is a fault of ours, with its stack. */
function fail (error: unknown): never {
  process.stderr.write(`imprun data-plane: ${describe(error)}\n`)
  process.exit(1)
}

function describe (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isPlain = [ConfigError, ReplicaInUse].some(type => error instanceof type) || 'syscall' in error
  return isPlain ? error.message : error.stack ?? error.message
}

function describeListen ({ code }: ListenFailed, { host, dataPort }: Config): string {
  switch (code) {
    case 'EADDRINUSE': return `port ${dataPort} on ${host} is in use; IMPRUN_DATA_PORT sets another one`
    case 'EACCES': return `port ${dataPort} on ${host} may not be used by this user; IMPRUN_DATA_PORT sets another one`
    case 'EADDRNOTAVAIL': return `${host} is not an address of this machine; IMPRUN_HOST sets another one`
    default: return `port ${dataPort} on ${host} cannot be listened on: ${code}`
  }
}

function tellLauncher (message: { type: 'ready', port: number } | { type: 'applied', revision: number }): void {
  if (process.connected) process.send?.(message)
}

main().catch(fail)
