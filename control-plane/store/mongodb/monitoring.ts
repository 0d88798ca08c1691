import type { MongoClient, ServerHeartbeatStartedEvent } from 'mongodb'
import { ignoreAbsence } from './errors.ts'

export interface MonitoringOptions {
  connectTimeoutMs: number
  tickMs?: number
}

/**
 * Connects anew where the driver's look at a server never ends. One that begins while its connection is being closed waits for a destroyed
 * socket to drain, without a limit, and until it has ended the driver looks no more: a database that is back would not be found until the
 * process is started again. Seen with driver 7.9 and a server that is polled. Ends when the client is closed.
 */
export function watchMonitoring (client: MongoClient, { connectTimeoutMs, tickMs = 1_000 }: MonitoringOptions): void {
  /** By server: how many more ticks it may take. Ticks, not time: a process that was stopped has not been waiting. */
  const looks = new Map<string, number>()
  let reconnecting: Promise<void> | null = null
  let isLost = false

  const begun = ({ connectionId, awaited }: ServerHeartbeatStartedEvent): void => {
    // A connection is made and greeted, each in the time that is given for one; an awaited answer comes when the server has news, or then.
    const longestMs = 2 * connectTimeoutMs + (awaited ? client.options.heartbeatFrequencyMS : 0)
    looks.set(connectionId, Math.ceil(longestMs / tickMs) + 2)
  }
  const ended = ({ connectionId }: { connectionId: string }): void => void looks.delete(connectionId)
  const reconnect = async (): Promise<void> => {
    isLost = true
    await client.close()
    looks.clear()
    await client.connect()
    isLost = false
  }
  const tick = (): void => {
    for (const [server, ticks] of looks) looks.set(server, ticks - 1)
    if (!isLost && [...looks.values()].every(ticks => ticks > 0)) return
    reconnecting ??= reconnect().catch(ignoreAbsence).finally(() => { reconnecting = null })
  }
  const timer = setInterval(tick, tickMs).unref()
  client.on('serverHeartbeatStarted', begun).on('serverHeartbeatSucceeded', ended).on('serverHeartbeatFailed', ended)
  client.on('serverClosed', ({ address }) => void looks.delete(address))
  client.on('topologyClosed', () => {
    if (reconnecting === null) clearInterval(timer)
  })
}
