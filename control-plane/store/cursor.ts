/** What a cursor that is no number stands for: nothing comes after it. */
export function numberCursor (after: string | null): number {
  if (after === null) return Number.MAX_SAFE_INTEGER
  const number = Number(after)
  return Number.isSafeInteger(number) ? number : 0
}
