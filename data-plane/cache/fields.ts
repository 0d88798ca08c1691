/** Fields of an answer: names in lower case, in their order. */
export type Fields = ReadonlyArray<readonly [name: string, value: string]>

/** RFC 9110, section 5.3: those of one name are one list. */
export function fieldOf (fields: Fields, name: string): string | undefined {
  let found: string | undefined
  for (const [each, value] of fields) if (each === name) found = found === undefined ? value : `${found}, ${value}`
  return found
}

/** @returns `null`: it is no list of names that can be kept apart, `*` among them */
export function namesOf (list: string | undefined, max: number): string[] | null {
  if (list === undefined || list.trim() === '') return []
  if (list.length > 2_000) return null
  const names = new Set(list.toLowerCase().split(',').map(name => name.trim()).filter(name => name !== ''))
  return names.size > max || names.has('*') ? null : [...names].sort()
}
