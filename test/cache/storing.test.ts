import t from 'tap'
import type { CacheSettings } from '#shared/policies/cache/schema.ts'
import { startCached } from '../support/cached.ts'

/** What an answer says, what is asked before and after, and which call answers the second time. */
interface Case {
  name: string
  answer?: Record<string, string>
  status?: number
  settings?: CacheSettings
  first?: Record<string, string>
  /** Seconds between the two. */
  after?: number
  second?: Record<string, string>
  kept: boolean
}

const now = new Date(Date.parse('2030-01-01T00:00:00Z')).toUTCString()
const date = (seconds: number): string => new Date(Date.parse('2030-01-01T00:00:00Z') + seconds * 1000).toUTCString()

const cases: Case[] = [
  { name: 'nothing is said', kept: false },
  { name: 'a validator alone says nothing', answer: { etag: '"a"' }, kept: false },
  { name: 'max-age', answer: { 'cache-control': 'max-age=60' }, kept: true },
  { name: 'max-age until its end', answer: { 'cache-control': 'max-age=60' }, after: 59, kept: true },
  { name: 'max-age after its end', answer: { 'cache-control': 'max-age=60' }, after: 60, kept: false },
  { name: 'directives in another case', answer: { 'cache-control': 'Max-Age=60' }, kept: true },
  { name: 'a quoted number', answer: { 'cache-control': 'max-age="60"' }, kept: true },
  { name: 'no number', answer: { 'cache-control': 'max-age=sixty' }, kept: false },
  { name: 'a negative number', answer: { 'cache-control': 'max-age=-60' }, kept: false },
  { name: 'a number that is too great for anything', answer: { 'cache-control': `max-age=${'9'.repeat(30)}` }, after: 86_400, kept: true },
  { name: 'two that contradict each other', answer: { 'cache-control': 'max-age=60, max-age=1000' }, kept: false },
  { name: 'one that is said twice', answer: { 'cache-control': 'max-age=60, max-age=60' }, kept: true },
  { name: 's-maxage before max-age', answer: { 'cache-control': 's-maxage=60, max-age=0' }, kept: true },
  { name: 's-maxage of nothing', answer: { 'cache-control': 's-maxage=0, max-age=60' }, kept: false },
  { name: 'max-age before Expires', answer: { 'cache-control': 'max-age=60', expires: date(-60) }, kept: true },
  { name: 'Expires', answer: { expires: date(60) }, after: 59, kept: true },
  { name: 'Expires that has passed', answer: { expires: date(60) }, after: 61, kept: false },
  { name: 'Expires by the clock of the origin', answer: { expires: date(-1000), date: date(-1060) }, kept: false },
  { name: 'Expires that is no date', answer: { expires: '0' }, kept: false },
  { name: 'no-store', answer: { 'cache-control': 'no-store, max-age=60' }, kept: false },
  { name: 'NO-STORE', answer: { 'cache-control': 'max-age=60, NO-STORE' }, kept: false },
  { name: 'private', answer: { 'cache-control': 'private, max-age=60' }, kept: false },
  { name: 'private for some fields is private', answer: { 'cache-control': 'private="set-cookie, x-a", max-age=60' }, kept: false },
  { name: 'a comma in a quoted text', answer: { 'cache-control': 'x="a, no-store", max-age=60' }, kept: true },
  { name: 'what cannot be read', answer: { 'cache-control': 'max-age=60, "' }, kept: false },
  { name: 'no-cache', answer: { 'cache-control': 'no-cache, max-age=60', etag: '"a"' }, kept: false },
  { name: 'pragma', answer: { pragma: 'no-cache', expires: date(60) }, kept: false },
  { name: 'must-revalidate while it is fresh', answer: { 'cache-control': 'must-revalidate, max-age=60' }, kept: true },
  { name: 'Set-Cookie', answer: { 'cache-control': 'public, max-age=60', 'set-cookie': 'a=b' }, kept: false },
  { name: 'an age that it has already', answer: { 'cache-control': 'max-age=60', age: '59' }, after: 1, kept: false },
  { name: 'an age that leaves some time', answer: { 'cache-control': 'max-age=60', age: '50' }, after: 9, kept: true },
  { name: 'a date from before', answer: { 'cache-control': 'max-age=60', date: date(-50) }, after: 11, kept: false },
  { name: 'a date of now', answer: { 'cache-control': 'max-age=60', date: now }, after: 50, kept: true },
  { name: 'a length by default', settings: { defaultSeconds: 10 }, after: 9, kept: true },
  { name: 'a length by default that is over', settings: { defaultSeconds: 10 }, after: 10, kept: false },
  { name: 'no length by default where something is said', answer: { 'cache-control': 'max-age=0' }, settings: { defaultSeconds: 10 }, kept: false },
  ...[200, 203, 204, 300, 301, 302, 307, 308, 404, 405, 410, 414, 451, 501].map((status): Case => ({ name: `status ${status}`, status, answer: { 'cache-control': 'max-age=60' }, kept: true })),
  ...[201, 202, 206, 303, 400, 401, 403, 429, 500, 502, 503].map((status): Case => ({ name: `status ${status}`, status, answer: { 'cache-control': 'max-age=60' }, kept: false })),
  ...[302, 451].map((status): Case => ({ name: `status ${status} by default`, status, settings: { defaultSeconds: 10 }, kept: false })),
  // What requests want.
  { name: 'a request without storing', answer: { 'cache-control': 'max-age=60' }, first: { 'cache-control': 'no-store' }, kept: false },
  { name: 'a request for something new', answer: { 'cache-control': 'max-age=60' }, second: { 'cache-control': 'no-cache' }, kept: false },
  { name: 'a request for something new in the old way', answer: { 'cache-control': 'max-age=60' }, second: { pragma: 'no-cache' }, kept: false },
  { name: 'a request for something younger', answer: { 'cache-control': 'max-age=60' }, after: 10, second: { 'cache-control': 'max-age=5' }, kept: false },
  { name: 'a request for something young enough', answer: { 'cache-control': 'max-age=60' }, after: 10, second: { 'cache-control': 'max-age=10' }, kept: true },
  { name: 'a request for something that stays fresh', answer: { 'cache-control': 'max-age=60' }, after: 10, second: { 'cache-control': 'min-fresh=50' }, kept: false },
  { name: 'a request whose wishes are ignored', answer: { 'cache-control': 'max-age=60' }, settings: { requestDirectives: 'ignore' }, second: { 'cache-control': 'no-cache' }, kept: true },
  { name: 'a request for a part', answer: { 'cache-control': 'max-age=60' }, second: { range: 'bytes=0-1' }, kept: false },
  { name: 'an answer to a request for a part', answer: { 'cache-control': 'max-age=60' }, first: { range: 'bytes=0-1' }, kept: false },
  { name: 'a request under conditions of its own', answer: { 'cache-control': 'max-age=60' }, second: { 'if-match': '"a"' }, kept: false },
  { name: 'a request with Authorization', answer: { 'cache-control': 'public, max-age=60' }, first: { authorization: 'Basic YTpi' }, kept: false },
  { name: 'a request with Authorization for what is kept', answer: { 'cache-control': 'public, max-age=60' }, second: { authorization: 'Basic YTpi' }, kept: false },
  { name: 'a request with a cookie', answer: { 'cache-control': 'max-age=60' }, first: { cookie: 'a=b' }, kept: false },
  { name: 'a request with a cookie for everyone', answer: { 'cache-control': 'max-age=60, public' }, first: { cookie: 'a=b' }, kept: true },
  // What answers depend on.
  { name: 'Vary, the same', answer: { 'cache-control': 'max-age=60', vary: 'Accept-Language' }, first: { 'accept-language': 'de' }, second: { 'accept-language': 'de' }, kept: true },
  { name: 'Vary, another', answer: { 'cache-control': 'max-age=60', vary: 'Accept-Language' }, first: { 'accept-language': 'de' }, second: { 'accept-language': 'fr' }, kept: false },
  { name: 'Vary, none', answer: { 'cache-control': 'max-age=60', vary: 'Accept-Language' }, first: { 'accept-language': 'de' }, kept: false },
  { name: 'Vary, not sent both times', answer: { 'cache-control': 'max-age=60', vary: 'Accept-Language' }, kept: true },
  { name: 'Vary, several', answer: { 'cache-control': 'max-age=60', vary: 'accept, X-A' }, first: { 'x-a': '1' }, second: { 'x-a': '2' }, kept: false },
  { name: 'Vary: *', answer: { 'cache-control': 'max-age=60', vary: '*' }, kept: false },
  { name: 'Vary: * among others', answer: { 'cache-control': 'max-age=60', vary: 'accept, *' }, kept: false },
  { name: 'Vary by more than can be meant', answer: { 'cache-control': 'max-age=60', vary: Array.from({ length: 21 }, (_, index) => `x-${index}`).join() }, kept: false },
  { name: 'Vary by what the gateway says', answer: { 'cache-control': 'max-age=60', vary: 'X-Request-Id' }, kept: false },
  { name: 'Vary by who is asked for', answer: { 'cache-control': 'max-age=60', vary: 'x-forwarded-for' }, kept: false }
]

t.test('what is kept, and for how long', async t => {
  const groups = Map.groupBy(cases, ({ settings }) => JSON.stringify(settings))
  for (const group of groups.values()) {
    const { edge, ask, pass, calls } = await startCached(t, ({ path }) => {
      const { answer = {}, status = 200 } = group[Number(path.slice(1))]!
      return { status, headers: Object.entries(answer), body: 'hi' }
    }, { settings: group[0]!.settings ?? {} })
    const startedAt = edge.clock.now()
    for (const [index, { name, first = {}, after = 0, second = {}, kept }] of group.entries()) {
      edge.clock.set(startedAt)
      calls.length = 0
      await ask(`/${index}`, { headers: first })
      pass(after)
      await ask(`/${index}`, { headers: second })
      t.equal(calls.length, kept ? 1 : 2, name)
    }
  }
})
