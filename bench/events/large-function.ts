/**
 * About what a validator, a router and some business rules come to: many small functions, texts, and tables that are built at the start.
 * It answers with how often it was called, and with its index.
 */
export function largeFunction (index: number, bytes: number): string {
  const parts: string[] = []
  for (let part = 0, written = 0; written < bytes - 300; part++) {
    const text = `export const rules${part} = {
  code: 'rule_${index}_${part}',
  fields: new Map([['name', ${part}], ['price', ${part * 7 % 100}]]),
  check (value) {
    if (typeof value !== 'object' || value === null) return { ok: false, reason: 'expected an object for rule ${part}' }
    const missing = [...this.fields.keys()].filter(key => !(key in value))
    return missing.length === 0 ? { ok: true } : { ok: false, reason: \`missing: \${missing.join(', ')}\` }
  }
}
`
    parts.push(text)
    // And its name in the list.
    written += text.length + `rules${part},`.length
  }
  return `${parts.join('')}
const all = [${parts.map((_, part) => `rules${part}`).join()}]
let calls = 0
export default function () {
  calls++
  if (!all.every(rule => rule.check({ name: 1, price: 2 }).ok)) throw new Error('a rule is broken')
  return { calls, index: ${index} }
}
`
}
