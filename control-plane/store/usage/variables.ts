import { maxVariableNames, type VariableUse } from '#shared/usage.ts'
import type { VariableReads } from '../records.ts'

type Names = VariableReads['names']

export function namesOf ({ found, missing }: VariableUse): Names {
  return [...found.map(name => ({ name, isThere: true })), ...missing.map(name => ({ name, isThere: false }))]
}

/** What is new says more of whether it is there; what is known is not pushed out by it. */
export function joinNames (known: Names, heard: Names): Names {
  const names = new Map([...known, ...heard].map(({ name, isThere }) => [name, isThere]))
  return [...names].slice(0, maxVariableNames).map(([name, isThere]) => ({ name, isThere })).sort((a, b) => a.name < b.name ? -1 : 1)
}
