import { maxChunkBytes } from '../../body-flow.ts'
import { charCodeAt, slice } from './primordials.ts'

/** Three bytes of UTF-8 are the most that one unit takes. */
const maxTextUnits = Math.floor(maxChunkBytes / 3)

/** As much of it as a chunk may have, and no half of a character. */
export function textPart (text: string, at: number): string {
  if (text.length - at <= maxTextUnits) return at === 0 ? text : slice(text, at)
  const end = at + maxTextUnits
  return slice(text, at, isLead(charCodeAt(text, end - 1)) ? end - 1 : end)
}

/** Exactly what the process will count: a surrogate that stands alone becomes U+FFFD. */
export function utf8Length (text: string): number {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = charCodeAt(text, i)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (isLead(unit) && i + 1 < text.length && isTrail(charCodeAt(text, i + 1))) {
      bytes += 4
      i++
    } else bytes += 3
  }
  return bytes
}

function isLead (unit: number): boolean {
  return (unit & 0xfc00) === 0xd800
}

function isTrail (unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00
}
