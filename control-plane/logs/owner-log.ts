import { randomUUID } from 'node:crypto'
import type { Clock } from '#shared/clock.ts'
import type { LogLevel } from '#shared/logs.ts'
import type { LogStore } from '../store/log-store.ts'
import type { EnvironmentRef } from '../store/store.ts'

/** What the control plane has to tell the owner of an environment, among what functions say. */
export class OwnerLog {
  readonly #logStore: LogStore
  readonly #clock: Clock
  readonly #origin = randomUUID()
  #sequence = 0

  constructor ({ logStore, clock }: { logStore: LogStore, clock: Clock }) {
    this.#logStore = logStore
    this.#clock = clock
  }

  async write ({ gatewayId, environment }: EnvironmentRef, level: LogLevel, message: string, fields: object): Promise<void> {
    const line = { time: this.#clock.now(), level, gatewayId, environment, functionName: null, versionId: null, requestId: null, message, fields: JSON.stringify(fields) }
    await this.#logStore.append({ origin: this.#origin, sequence: ++this.#sequence, lines: [line] })
  }
}
