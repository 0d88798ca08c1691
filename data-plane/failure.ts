import { ConfigError, type Config } from '#shared/config.ts'
import type { ListenFailed } from './keeper/bind.ts'
import { ReplicaInUse } from './replica/lock.ts'

/** What an operator can mend is said in one line; anything else is a fault of ours, with its stack. */
export function describeFailure (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const isPlain = [ConfigError, ReplicaInUse].some(type => error instanceof type) || 'syscall' in error
  return isPlain ? error.message : error.stack ?? error.message
}

export function explainListen (error: ListenFailed, config: Pick<Config, 'host' | 'dataPort'>): ConfigError {
  return new ConfigError(describeListen(error, config), { cause: error })
}

function describeListen ({ code }: ListenFailed, { host, dataPort }: Pick<Config, 'host' | 'dataPort'>): string {
  switch (code) {
    case 'EADDRINUSE': return `port ${dataPort} on ${host} is in use; IMPRUN_DATA_PORT sets another one`
    case 'EACCES': return `port ${dataPort} on ${host} may not be used by this user; IMPRUN_DATA_PORT sets another one`
    case 'EADDRNOTAVAIL': return `${host} is not an address of this machine; IMPRUN_HOST sets another one`
    default: return `port ${dataPort} on ${host} cannot be listened on: ${code}`
  }
}
