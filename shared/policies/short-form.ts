import type { FieldError } from '../errors.ts'

/**
 * Of settings that stand for one limit where there is no list of them, or for one more beside the list: whole, or not there.
 * @param more belongs to what is required, and is optional @param isNeeded there is no list
 */
export function checkShortForm ({ required, more, isNeeded }: { required: object, more: object, isNeeded: boolean }, pointer: string): FieldError[] {
  const having = (record: object, isThere: boolean): string[] => Object.entries(record).filter(([, value]) => (value !== undefined) === isThere).map(([name]) => name)
  if (isNeeded || having(required, true).length > 0) return having(required, false).map(name => ({ pointer: `${pointer}/${name}`, detail: 'is required' }))
  return having(more, true).map(name => ({ pointer: `${pointer}/${name}`, detail: `belongs to ${Object.keys(required).join(' and ')}, which are not there` }))
}
