/** Web IDL's conversion to DOMString: as `String()`, but a symbol is refused with a TypeError. */
export function toDOMString (value: unknown): string {
  return ''.concat(value as string)
}

/** @throws {TypeError} where a function of the platform is called with fewer arguments than it needs */
export function requireArguments (name: string, given: number, required: number): void {
  if (given >= required) return
  throw new TypeError(`Failed to execute '${name}': ${required} argument${required === 1 ? '' : 's'} required, but only ${given} present.`)
}
