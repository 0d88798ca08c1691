import { Type, type TInteger, type TOptional } from 'typebox'
import { functionLimitRanges, type FunctionLimits } from '#shared/function-limits.ts'

type Names = keyof FunctionLimits
const entries = Object.entries(functionLimitRanges)

/** Each may be left out, and is its default then. */
export const askedLimits = Type.Object(
  Object.fromEntries(entries.map(([name, range]) => [name, Type.Optional(bounded(range))])) as Record<Names, TOptional<TInteger>>,
  { additionalProperties: false, description: 'What one call, or the function, may take at most.' }
)

/** Those that hold. */
export const functionLimits = Type.Object(
  Object.fromEntries(entries.map(([name, range]) => [name, bounded(range)])) as Record<Names, TInteger>,
  { description: 'What one call, or the function, may take at most.' }
)

function bounded ({ min, max, default: usual, unit, description }: typeof functionLimitRanges[Names]): TInteger {
  return Type.Integer({ minimum: min, maximum: max, default: usual, description: `${description} In ${unit}.` })
}
