import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { EnvironmentRef } from '../../store.ts'

/** What is known of the lines of one environment; there are few enough to have them all in memory. */
export interface LoggedEnvironment extends EnvironmentRef {
  id: number
  birth: string
  /** Number of its last line. */
  last: number
  bytes: number
}

/** The environments that lines have come from. What is changed must be saved within the transaction, and is read anew where that fails. */
export class LoggedEnvironments {
  readonly #db: DatabaseSync
  readonly #byRef = new Map<string, LoggedEnvironment>()
  readonly #byId = new Map<number, LoggedEnvironment>()

  constructor (db: DatabaseSync) {
    this.#db = db
    this.reload()
  }

  reload (): void {
    this.#byRef.clear()
    this.#byId.clear()
    const rows = this.#db.prepare('SELECT id, gatewayId, environment, birth, last, bytes FROM environments').all()
    for (const row of rows) this.#add({ ...row } as unknown as LoggedEnvironment)
  }

  get bytes (): number {
    let sum = 0
    for (const { bytes } of this.#byRef.values()) sum += bytes
    return sum
  }

  find (ref: EnvironmentRef): LoggedEnvironment | null {
    return this.#byRef.get(keyOf(ref)) ?? null
  }

  byId (id: number): LoggedEnvironment | null {
    return this.#byId.get(id) ?? null
  }

  findOrMake (ref: EnvironmentRef): LoggedEnvironment {
    return this.find(ref) ?? this.#make(ref)
  }

  save ({ id, last, bytes }: LoggedEnvironment): void {
    this.#db.prepare('UPDATE environments SET last = ?, bytes = ? WHERE id = ?').run(last, bytes, id)
  }

  /** Of the gateway whose lines take the most, the environment whose lines do. */
  largest (): LoggedEnvironment | null {
    const gateways = new Map<string, number>()
    for (const { gatewayId, bytes } of this.#byRef.values()) gateways.set(gatewayId, (gateways.get(gatewayId) ?? 0) + bytes)
    let largest: LoggedEnvironment | null = null
    for (const environment of this.#byRef.values()) {
      const difference = largest === null ? 1 : gateways.get(environment.gatewayId)! - gateways.get(largest.gatewayId)! || environment.bytes - largest.bytes
      if (difference > 0) largest = environment
    }
    return largest
  }

  #make ({ gatewayId, environment }: EnvironmentRef): LoggedEnvironment {
    const birth = randomBytes(6).toString('hex')
    const { lastInsertRowid } = this.#db.prepare('INSERT INTO environments (gatewayId, environment, birth) VALUES (?, ?, ?)').run(gatewayId, environment, birth)
    return this.#add({ id: Number(lastInsertRowid), gatewayId, environment, birth, last: 0, bytes: 0 })
  }

  #add (environment: LoggedEnvironment): LoggedEnvironment {
    this.#byRef.set(keyOf(environment), environment)
    this.#byId.set(environment.id, environment)
    return environment
  }
}

/** Neither name has a slash. */
function keyOf ({ gatewayId, environment }: EnvironmentRef): string {
  return `${gatewayId}/${environment}`
}
