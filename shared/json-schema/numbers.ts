import type { Keyword } from './node.ts'
import { readNumber } from './read.ts'

export const bounds: Keyword = (schema, at, compiler) => {
  const min = readNumber(schema, 'minimum', at, compiler) ?? -Infinity
  const max = readNumber(schema, 'maximum', at, compiler) ?? Infinity
  const above = readNumber(schema, 'exclusiveMinimum', at, compiler) ?? -Infinity
  const below = readNumber(schema, 'exclusiveMaximum', at, compiler) ?? Infinity
  if (min === -Infinity && above === -Infinity && max === Infinity && below === Infinity) return null
  return (value, run) => {
    if (typeof value !== 'number') return true
    if (value < min) return run.fail(`must be ${min} or more`)
    if (value > max) return run.fail(`must be ${max} or less`)
    if (value <= above && above !== -Infinity) return run.fail(`must be more than ${above}`)
    return value < below || below === Infinity || run.fail(`must be less than ${below}`)
  }
}

export const multipleOf: Keyword = (schema, at, compiler) => {
  const factor = readNumber(schema, 'multipleOf', at, compiler)
  if (factor === null) return null
  if (factor <= 0) {
    compiler.fault(`${at}/multipleOf`, 'must be more than 0')
    return null
  }
  return (value, run) => {
    if (typeof value !== 'number') return true
    // Numbers of hundreds of digits may come of it.
    if (!Number.isSafeInteger(value) || !Number.isSafeInteger(factor)) run.spend(50)
    return isMultiple(value, factor) || run.fail(`must be a multiple of ${factor}`)
  }
}

function isMultiple (value: number, factor: number): boolean {
  if (!Number.isFinite(value)) return false
  if (Number.isSafeInteger(value) && Number.isSafeInteger(factor)) return value % factor === 0
  // As they are written: 0.3 is a multiple of 0.1, though no float says so.
  const [[digits, places], [otherDigits, otherPlaces]] = [decimal(value), decimal(factor)]
  const shift = Math.max(places, otherPlaces)
  return (digits * 10n ** BigInt(shift - places)) % (otherDigits * 10n ** BigInt(shift - otherPlaces)) === 0n
}

/** The number is `digits` times ten to the minus `places`. */
function decimal (value: number): [digits: bigint, places: number] {
  const [mantissa, exponent = '0'] = String(value).split('e') as [string, string?]
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?]
  const places = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  return places < 0 ? [digits * 10n ** BigInt(-places), 0] : [digits, places]
}
