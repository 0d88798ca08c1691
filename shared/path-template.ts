/** A part of the path: text, or the segments of the request's that stand there, from one on to the end or one alone. */
type Part = string | { from: number, to: number | undefined }

/**
 * Makes another path of one that was sent, out of its own segments: nothing is decoded, so what was matched is what goes out.
 * @param pattern of the route
 * @param template with parameters of the pattern; `undefined`: the path stays as it is
 */
export function compilePath (pattern: string, template: string | undefined): (path: string) => string {
  if (template === undefined) return path => path
  const names = pattern.split('/')
  const parts = template.split('/').slice(1).map((segment): Part => {
    if (segment === '*') return { from: names.indexOf('*'), to: undefined }
    if (!segment.startsWith(':')) return segment
    const index = names.indexOf(segment)
    return { from: index, to: index + 1 }
  })
  return path => {
    const segments = path.split('/')
    let asked = ''
    for (const part of parts) asked += `/${typeof part === 'string' ? part : segments.slice(part.from, part.to).join('/')}`
    return asked
  }
}
