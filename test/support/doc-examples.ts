import { readFileSync } from 'node:fs'
import type { Dispatcher } from 'undici'

/** A call of the admin API as a page of the documents shows it, and what of its answer stands below it. */
export interface DocExample {
  method: Dispatcher.HttpMethod
  path: string
  body: unknown
  /** `undefined`: the page does not say. */
  answer: unknown
}

const call = /^ {4}api (?:'([^']+)'|(\S+))(?: -X ([A-Z]+))?(?: -d '([^']*)')?$/

/** Lines `    api <path> [-X <method>] [-d '<json>']`, as the README defines `api`; a fence of JSON behind one is its answer. */
export function readDocExamples (page: string): DocExample[] {
  const lines = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8').split('\n')
  return lines.flatMap((line, index): DocExample[] => {
    if (!line.startsWith('    api ')) return []
    const match = call.exec(line)
    if (match === null) throw new Error(`${page}:${index + 1} cannot be read as a call of the admin API: ${line}`)
    const [, quoted, plain, method, data] = match
    return [{ method: method ?? (data === undefined ? 'GET' : 'POST'), path: (quoted ?? plain)!, body: parse(data), answer: answerAfter(lines, index) }]
  })
}

function answerAfter (lines: readonly string[], index: number): unknown {
  if (lines[index + 1] !== '' || lines[index + 2] !== '```json') return undefined
  const end = lines.indexOf('```', index + 3)
  return parse(lines.slice(index + 3, end).join('\n'))
}

function parse (text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text)
}
