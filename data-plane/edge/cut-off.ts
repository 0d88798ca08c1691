import type { ProblemCode } from '#shared/errors.ts'
import { note } from '../explain/note.ts'
import type { EdgeReply } from './reply.ts'
import type { EdgeRequest } from './request.ts'

/** An answer that ended as if it were whole would be taken for it: without a length or chunks, only a reset says that it is not. */
export function cutOff (request: EdgeRequest, reply: EdgeReply, code: ProblemCode): void {
  const { exchange, raw: { httpVersion } } = request
  if (reply.raw.destroyed || reply.raw.writableFinished) return
  exchange.isCutOff = true
  exchange.code = code
  note(exchange, 'answer', 'failed', code)
  if (httpVersion === '1.0') reply.raw.socket?.resetAndDestroy()
  else reply.raw.destroy()
}
