import { ConnectionTimeoutError, ErrorReply, SocketClosedUnexpectedlyError } from '@redis/client'

/** Redis did not do in time what it was asked for. */
export class RedisTimeout extends Error {
  override readonly name = 'RedisTimeout'
  constructor (what: string, timeoutMs: number) {
    super(`${what} within ${timeoutMs} ms`)
  }
}

/** What has answered is something else. */
export class NotRedis extends Error {
  override readonly name = 'NotRedis'
  constructor () {
    super('it answers as no Redis does')
  }
}

/** By the first word of an error that Redis answers with. */
const refusals: Record<string, string> = {
  WRONGPASS: 'it refuses the user or the password of REDIS_URL',
  NOAUTH: 'it asks for a password, and REDIS_URL has none',
  NOPERM: 'the user of REDIS_URL lacks a permission that counting needs',
  READONLY: 'it is a replica, which takes no writes',
  OOM: 'it has no memory left',
  LOADING: 'it is still loading its data',
  MISCONF: 'it takes no writes because it cannot save them',
  MASTERDOWN: 'it is a replica that has lost its primary',
  MOVED: 'it is a node of a cluster'
}

/** For the operator, in words of our own: texts of errors may quote what was sent, such as a password. */
export function describeRedisFault (error: unknown): string {
  if (error instanceof RedisTimeout || error instanceof NotRedis) return error.message
  if (error instanceof ErrorReply) return describeReply(error.message)
  if (error instanceof ConnectionTimeoutError) return 'no connection in time'
  if (error instanceof SocketClosedUnexpectedlyError) return 'the connection was closed'
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return `no connection: ${error.code}`
  return `an unexpected fault: ${error instanceof Error ? error.name : typeof error}`
}

function describeReply (message: string): string {
  if (message.startsWith('ERR AUTH')) return 'it has no password, and REDIS_URL has one'
  if (message.startsWith('ERR DB index')) return 'it does not have the database of REDIS_URL'
  const [word] = /^[A-Z]{1,20}\b/.exec(message) ?? ['ERR']
  return refusals[word] ?? `it answers with the error ${word}`
}
