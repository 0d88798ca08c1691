import { readConfig } from '#shared/config.ts'
import { createLogger } from '#shared/log.ts'
import { superviseEgress } from './egress/supervise.ts'
import { describeFailure, explainListen } from './failure.ts'
import { superviseSandboxes } from './functions/supervise.ts'
import { ListenFailed } from './keeper/bind.ts'
import { listeningFd, type GenerationMessage, type KeeperMessage } from './keeper/messages.ts'
import { startSupervisor, type Supervisor } from './supervisor.ts'
import { dataPlaneToken } from './token.ts'

/**
 * One generation of the data plane, forked by its keeper: `supervisor-process.ts <number> now|waiting`. It drains and ends when it is told to, and
 * with its keeper.
 */
async function main (number: number, begin: string): Promise<void> {
  const config = readConfig()
  const logger = createLogger('data-plane', config.logLevel)
  const turn = Promise.withResolvers<void>()
  if (begin === 'now') turn.resolve()
  const supervisor = startSupervisor({
    config,
    generation: number,
    listenFd: listeningFd,
    token: () => dataPlaneToken(config),
    turn: turn.promise,
    superviseSandboxes,
    superviseEgress,
    logger,
    onApplied: revision => tell({ type: 'applied', revision })
  })
  obey(supervisor, turn.resolve)
  try {
    await supervisor.prepared
    tell({ type: 'prepared' })
    await supervisor.ready
    tell({ type: 'ready' })
  } catch (error) {
    await supervisor.close()
    throw error instanceof ListenFailed ? explainListen(error, config) : error
  }
}

function obey (supervisor: Supervisor, go: () => void): void {
  const close = (deadlineMs?: number): void => void supervisor.close(deadlineMs).then(() => process.exit(), fail)
  process.on('message', (message: KeeperMessage) => {
    switch (message.type) {
      case 'go': return go()
      case 'release': return void supervisor.release().then(() => tell({ type: 'released' }), fail)
      case 'resume': return void supervisor.resume().catch(fail)
      case 'drain': return close(message.deadlineMs)
    }
  })
  process.on('SIGTERM', () => close()).on('disconnect', () => close())
  // A terminal's are its keeper's: this process is in a session of its own.
  process.on('SIGINT', ignore)
  for (const signal of ['SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => tell({ type: 'reload' }))
}

function fail (error: unknown): never {
  process.stderr.write(`imprun data-plane: ${describeFailure(error)}\n`)
  process.exit(1)
}

function tell (message: GenerationMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, ignore)
}

function ignore (): void {}

const [, , number, begin = 'now'] = process.argv
main(Number(number), begin).catch(fail)
