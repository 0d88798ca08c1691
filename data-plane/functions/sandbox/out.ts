import { bodyKinds } from '../body-kinds.ts'
import { failureCodes, logLevels, type FailureCode, type LogLevel } from '../messages.ts'
import { outKinds } from './inside/outbox.ts'

/** One piece of what the harness hands out. Everything in it was within reach of tenant code, so nothing is taken on trust. */
export interface Piece {
  more: boolean
  /** Milliseconds until the isolate wants to be woken; -1: never. */
  alarmMs: number
  /** The call whose synchronous part runs; 0: none. */
  current: number
  entries: Entry[]
}

export type Entry =
  | { kind: 'text', call: number, status: number, bodyKind: number, headers: string, body: string }
  | { kind: 'bytes', call: number, status: number, bodyKind: number, headers: string }
  | { kind: 'failed', call: number, code: FailureCode }
  | { kind: 'log', call: number, level: LogLevel, time: number, message: string, fields: string }

const failures: FailureCode[] = ['function_failed', 'function_result_invalid', 'body_invalid']

/** `null`: this is nothing that the harness writes. */
export function parsePiece (text: string): Piece | null {
  const end = text.indexOf('\n')
  const numbers = parseNumbers(text.slice(0, end))
  if (numbers === null || numbers.length % 6 !== 3) return null
  const entries: Entry[] = []
  let at = end + 1
  for (let i = 3; i < numbers.length; i += 6) {
    const secondAt = at + numbers[i + 4]!
    const entryEnd = secondAt + numbers[i + 5]!
    if (entryEnd > text.length) return null
    const entry = toEntry(numbers, i, text.slice(at, secondAt), text.slice(secondAt, entryEnd))
    if (entry === null) return null
    entries.push(entry)
    at = entryEnd
  }
  return { more: numbers[0] === 1, alarmMs: numbers[1]!, current: numbers[2]!, entries }
}

function parseNumbers (text: string): number[] | null {
  if (!/^-?\d+(?:,-?\d+)+$/.test(text)) return null
  const numbers = JSON.parse(`[${text}]`) as number[]
  // Lengths, statuses and ids; only the alarm may be -1, which no sum below minds.
  return numbers.every((value, index) => Number.isSafeInteger(value) && (value >= 0 || (index === 1 && value === -1))) ? numbers : null
}

function toEntry (numbers: number[], i: number, first: string, second: string): Entry | null {
  const call = numbers[i + 1]!
  const a = numbers[i + 2]!
  const b = numbers[i + 3]!
  const isResult = a >= 200 && a <= 599 && b <= bodyKinds.custom
  switch (numbers[i]!) {
    case outKinds.text: return !isResult ? null : { kind: 'text', call, status: a, bodyKind: b, headers: first, body: second }
    case outKinds.bytes: return !isResult ? null : { kind: 'bytes', call, status: a, bodyKind: b, headers: first }
    case outKinds.failed: return { kind: 'failed', call, code: failures[a] ?? failureCodes[0] }
    case outKinds.log: return { kind: 'log', call, level: logLevels[a] ?? 'info', time: b, message: first, fields: second }
    default: return null
  }
}
