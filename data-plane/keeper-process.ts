import { passOnEnvironment, readConfig } from '#shared/config.ts'
import { createLogger } from '#shared/log.ts'
import { describeFailure } from './failure.ts'
import { adoptGeneration } from './keeper/generation.ts'
import { runKeeper } from './keeper/keeper.ts'
import { listeningFd, type KeeperMessage } from './keeper/messages.ts'
import { lockDataDir } from './replica/lock.ts'

/**
 * A keeper in the place of one that is gone: `keeper-process.ts <generation> <port>`, a child of the supervisor that is kept. It speaks to whoever
 * stands behind the data plane from now on by its control socket, and ends when nobody has for a while.
 */
function main (generation: number, port: number): void {
  const config = readConfig()
  const logger = createLogger('data-plane', config.logLevel)
  let patience: NodeJS.Timeout | undefined
  const keeper = runKeeper({
    config,
    env: passOnEnvironment({}),
    address: { fd: listeningFd, port, close: () => undefined },
    lock: lockDataDir(config.dataDir),
    standIn: {
      adopt: events => adoptGeneration(generation, process.ppid, events),
      onHeld: isHeld => {
        clearTimeout(patience)
        if (!isHeld) wait()
      }
    },
    onApplied: () => undefined,
    say: message => logger.warn(message)
  })
  const wait = (): void => {
    logger.warn({ seconds: config.orphanSeconds }, 'whoever had started the data plane is gone; it ends unless it is started again')
    patience = setTimeout(() => void keeper.close().catch(fail), config.orphanSeconds * 1_000)
  }
  const end = (): void => void keeper.close().catch(fail)
  process.on('SIGTERM', end).on('SIGINT', end)
  for (const signal of ['SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => void keeper.reload())
  void keeper.failed.then(code => process.exit(code))
  tell({ type: 'keeping', socket: keeper.socket })
}

function tell (message: KeeperMessage): void {
  process.send?.(message)
}

function fail (error: unknown): never {
  process.stderr.write(`imprun data-plane: ${describeFailure(error)}\n`)
  process.exit(1)
}

try {
  const [, , generation, port] = process.argv
  main(Number(generation), Number(port))
} catch (error) {
  fail(error)
}
