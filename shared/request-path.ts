/**
 * The one rule for paths. Refused: whatever a router, a cache and a function could read differently, that is dot segments (encoded or
 * not), empty segments, backslashes, fragments and bytes that RFC 3986 does not allow. A slash at the end is a path of its own.
 */
const oddPath = /[^!-~]|[\\#]|%5c|\/\/|\/(?:\.|%2e){1,2}(?:\/|$)/i

/** `null`, or what is wrong with it, in words for the caller. */
export function pathFault (path: string): string | null {
  if (path.charCodeAt(0) !== 47 /* slash */) return 'The request target must be a path that begins with "/".'
  if (!oddPath.test(path)) return null
  return 'The path must not contain dot segments, empty segments, backslashes or characters outside RFC 3986.'
}
