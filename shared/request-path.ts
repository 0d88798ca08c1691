/**
 * The one rule for request targets (docs/paths.md). Refused in paths: whatever a router, a cache, a function and an upstream could read differently, that is
 * dot segments (encoded or not), empty segments, backslashes, control characters (encoded or not), fragments and bytes that RFC 3986 does not allow. A
 * slash at the end is a path of its own.
 */
const oddPath = /[^!-~]|[\\#]|%(?:5c|[01][0-9a-f]|7f)|\/\/|\/(?:\.|%2e){1,2}(?:\/|$)/i
/** Nothing is decided by what is in it; but all must agree where it ends. */
const oddQuery = /[^!-~]|#/

/** `null`, or what is wrong with it, in words for the caller. */
export function pathFault (path: string): string | null {
  if (path.charCodeAt(0) !== 47 /* slash */) return 'The request target must be a path that begins with "/".'
  if (!oddPath.test(path)) return null
  return 'The path must not contain dot segments, empty segments, backslashes, control characters or characters outside RFC 3986.'
}

/** The same for what is behind the question mark, if anything is. */
export function queryFault (query: string): string | null {
  return query === '' || !oddQuery.test(query) ? null : 'The query must not contain a fragment or characters outside RFC 3986.'
}
