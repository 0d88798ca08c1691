import type { Encoding } from './defaults.ts'

/** Longer ones are nobody's wish: what is read for each request is bounded. */
const maxLength = 1_000
/** RFC 9110, section 12.5.3, and section 8.4.1 for the old name of gzip. A weight has three decimals at the most. */
const element = /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/

/**
 * What the client likes best of what there is.
 * @param acceptEncoding RFC 9110, section 12.5.3; `undefined`: whatever it is, which says nothing of what it can read
 * @param offered in the order that decides where weights do not
 * @returns `null`: the body as it is
 */
export function chooseEncoding (acceptEncoding: string | undefined, offered: readonly Encoding[]): Encoding | null {
  if (acceptEncoding === undefined || acceptEncoding.length > maxLength) return null
  const weights = readWeights(acceptEncoding.toLowerCase())
  let chosen: Encoding | null = null
  // Not named: it may be sent, and is the last choice.
  let best = weights.get('identity') ?? 0
  for (const encoding of offered) {
    const weight = weights.get(encoding) ?? weights.get('*') ?? 0
    if (weight > best || (weight === best && weight > 0 && chosen === null)) {
      chosen = encoding
      best = weight
    }
  }
  return chosen
}

/** What cannot be read says nothing. */
function readWeights (acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>()
  for (const text of acceptEncoding.split(',')) {
    const [, name, weight = '1'] = element.exec(text) ?? []
    if (name !== undefined && Number(weight) <= 1) weights.set(name === 'x-gzip' ? 'gzip' : name, Number(weight))
  }
  return weights
}
