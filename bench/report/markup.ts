/** Text that is HTML already. Nothing else gets into a page without being escaped. */
export class Markup {
  readonly text: string
  constructor (text: string) {
    this.text = text
  }
}

/** What may stand in a page; `null`: nothing. */
export type Content = Markup | string | number | null | readonly Content[]

/** A template whose values are escaped, so that no name, reason or version that was measured can be anything but text. */
export function html (strings: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(strings.map((string, index) => index === 0 ? string : write(values[index - 1]!) + string).join(''))
}

function write (content: Content): string {
  if (content === null) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string') return escape(content)
  if (typeof content === 'number') return String(content)
  return content.map(write).join('')
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** For text and for attributes in either kind of quotes. */
function escape (text: string): string {
  return text.replaceAll(/[&<>"']/g, character => entities[character]!)
}
