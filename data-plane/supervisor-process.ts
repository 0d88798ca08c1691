import type { ChildProcess } from 'node:child_process'
import { readConfig, type Config } from '#shared/config.ts'
import { createLogger, type Logger } from '#shared/log.ts'
import { superviseEgress } from './egress/supervise.ts'
import { describeFailure, explainListen } from './failure.ts'
import { superviseSandboxes } from './functions/supervise.ts'
import { ListenFailed } from './keeper/bind.ts'
import { listeningFd, type GenerationMessage, type KeeperMessage } from './keeper/messages.ts'
import { awaitKeeper } from './keeper/vacancy.ts'
import { startSupervisor, type Supervisor } from './supervisor.ts'
import { dataPlaneToken } from './token.ts'

/**
 * One generation of the data plane, forked by its keeper: `supervisor-process.ts <number> now|waiting`. It drains and ends when it is told to. Where
 * its keeper is gone, it serves on until there is another one, or nobody has come for one in time.
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
  obey({ supervisor, config, logger, number, go: turn.resolve })
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

/** The line to the keeper, of whichever end. */
type KeeperLine = Pick<NodeJS.Process | ChildProcess, 'connected' | 'send'>

let keeper: KeeperLine = process

function obey ({ supervisor, config, logger, number, go }: { supervisor: Supervisor, config: Config, logger: Logger, number: number, go: () => void }): void {
  let port: number | null = null
  let isReleased = false
  let isEnding = false
  const learnPort = async (): Promise<void> => { port = await supervisor.ready }
  learnPort().catch(ignore)

  const close = (deadlineMs?: number): void => {
    isEnding = true
    void supervisor.close(deadlineMs).then(() => process.exit(), fail)
  }
  const receive = (message: KeeperMessage): void => {
    switch (message.type) {
      case 'go': return go()
      case 'release':
        isReleased = true
        return void supervisor.release().then(() => tell({ type: 'released' }), fail)
      case 'resume':
        isReleased = false
        return void supervisor.resume().catch(fail)
      case 'drain': return close(message.deadlineMs)
      case 'keeping': return
    }
  }
  const outlive = async (): Promise<void> => {
    if (isEnding) return
    if (port === null || config.orphanSeconds === 0) return close()
    logger.warn({ seconds: config.orphanSeconds }, 'whoever had started the data plane is gone; it serves on, and ends unless it is started again')
    if (isReleased) await supervisor.resume()
    const next = await awaitKeeper({
      dataDir: config.dataDir, generation: number, host: config.host, port, fd: listeningFd, graceMs: config.orphanSeconds * 1_000
    })
    if (next === null) return close()
    keeper = next.on('message', receive).once('exit', () => void outlive().catch(fail))
  }
  process.on('message', receive)
  process.on('SIGTERM', () => close()).once('disconnect', () => void outlive().catch(fail))
  // A terminal's are its keeper's: this process is in a session of its own.
  process.on('SIGINT', ignore)
  for (const signal of ['SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => tell({ type: 'reload' }))
}

function fail (error: unknown): never {
  process.stderr.write(`imprun data-plane: ${describeFailure(error)}\n`)
  process.exit(1)
}

function tell (message: GenerationMessage): void {
  if (keeper.connected) keeper.send?.(message, undefined, undefined, ignore)
}

function ignore (): void {}

const [, , number, begin = 'now'] = process.argv
main(Number(number), begin).catch(fail)
