import { setTimeout as delay } from 'node:timers/promises'

export interface Reached<Value> {
  value: Value
  /** How often it was looked: 1 where the first look was enough. */
  tries: number
}

/** Looks until it is so, 10 ms apart. For what other processes do without telling anyone. @throws {Error} after `maxTries` looks */
export async function until<Value> (what: string, look: () => Value | Promise<Value>, isSo: (value: Value) => boolean, maxTries = 1_000): Promise<Reached<Value>> {
  for (let tries = 1; ; tries++) {
    const value = await look()
    if (isSo(value)) return { value, tries }
    if (tries === maxTries) throw new Error(`${what}: not so after ${maxTries} looks; the last one saw ${JSON.stringify(value)}`)
    await delay(10)
  }
}
