import { pathFault } from '#shared/request-path.ts'

/** The one written form of an upstream's URL, or what is wrong with it, in words for its owner. */
export function readUpstreamUrl (text: string): { url: string } | { fault: string } {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return { fault: 'must be a URL that begins with http:// or https://' }
  if (url.username !== '' || url.password !== '') return { fault: 'must not have a user name or a password in it' }
  // An empty one is one, too, and would end up before the path of the route.
  if (text.includes('?') || text.includes('#')) return { fault: 'must not have a query or a fragment' }
  if (pathFault(url.pathname) !== null) return { fault: 'must not have empty segments in its path' }
  return { url: url.origin + url.pathname.replace(/\/$/, '') }
}
