/** `null`: it is no JSON, or says something twice: readers differ in what then counts. */
export function parseJsonText (text: string): { value: unknown } | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  return saysTwice(text) ? null : { value }
}

const quote = 0x22
const backslash = 0x5c

/** Whether an object of a JSON text has a member twice. The text is known to be JSON. Without recursion: the text decides how deep it goes. */
export function saysTwice (text: string): boolean {
  /** Names of the objects around the current place; `null` for an array. */
  const open: Array<Set<string> | null> = []
  let names: Set<string> | null = null
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b /* { */:
        open.push(names)
        names = new Set()
        break
      case 0x5b /* [ */:
        open.push(names)
        names = null
        break
      case 0x7d: case 0x5d:
        names = open.pop() ?? null
        break
      case quote: {
        const end = endOfText(text, at)
        if (names !== null && isName(text, end)) {
          const name = nameOf(text.slice(at, end))
          if (names.has(name)) return true
          names.add(name)
        }
        at = end - 1
      }
    }
  }
  return false
}

/** Behind the closing quote. */
function endOfText (text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === quote) return at + 1
    if (unit === backslash) at++
  }
  return text.length
}

function isName (text: string, end: number): boolean {
  let at = end
  while (at < text.length && text.charCodeAt(at) <= 0x20) at++
  return text.charCodeAt(at) === 0x3a /* : */
}

function nameOf (quoted: string): string {
  return quoted.includes('\\') ? JSON.parse(quoted) as string : quoted.slice(1, -1)
}
