import { setTimeout as delay } from 'node:timers/promises'
import { Agent } from 'undici'
import { cpuMicros } from '../engine/cpu.ts'
import { ask } from '../events/ask.ts'
import { NotComparable } from '../report.ts'
import { isRight, pathOf } from './ask.ts'
import { nowhere, startDataPlane, type Installation, type Plane } from './planes.ts'
import type { Caller } from './population.ts'

export interface Started {
  plane: Plane
  /** From the start of its process to the first right answer of a function to a client with a key. */
  firstAnswerMs: number
  /** Processor time that all of its processes have taken until then: it hardly minds what else the machine does. */
  cpuMs: number
}

/** With no control plane to be found: all that is served comes from the replica. */
export async function startAlone (installation: Installation, caller: Caller): Promise<Started> {
  const begunAt = performance.now()
  const plane = await startDataPlane(installation, nowhere)
  await firstRightAnswer(plane, caller, 60_000)
  const firstAnswerMs = performance.now() - begunAt
  const cpu = cpuMicros(plane) ?? new Map<string, number>()
  return { plane, firstAnswerMs, cpuMs: [...cpu.values()].reduce((sum, micros) => sum + micros, 0) / 1_000 }
}

/** Asks again and again, from before there is anyone to ask. @throws {NotComparable} where no right answer comes in time */
export async function firstRightAnswer (plane: Plane, caller: Caller, withinMs: number): Promise<void> {
  const dispatcher = new Agent({ connections: 1, pipelining: 1 })
  let last = 'nothing'
  try {
    for (const deadline = performance.now() + withinMs; performance.now() < deadline; await delay(2)) {
      try {
        const seen = await ask(plane.url, caller, pathOf('function'), dispatcher)
        if (isRight(seen, caller, 'function')) return
        last = `${seen.status} ${seen.text.slice(0, 200)}`
      } catch (error) {
        last = String(error)
      }
    }
  } finally {
    await dispatcher.destroy()
  }
  throw new NotComparable(`no right answer for ${caller.host} within ${withinMs} ms, but ${last}:\n${plane.output()}`)
}
