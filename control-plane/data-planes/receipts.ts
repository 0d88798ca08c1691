import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type, type TObject } from 'typebox'
import { invocationTag } from '../invocations/schema.ts'
import { kvTag } from '../kv/schema.ts'
import { dataPlanesTag } from './routes.ts'
import type { DataPlaneService, Receipt } from './service.ts'

const defaultTimeoutMs = 5_000
const maxTimeoutMs = 30_000
/** Of each kind; `GET /v1/data-planes` has all of them. A header must not outgrow what proxies let through. */
const maxNamed = 50

const receiptQuery = {
  wait: Type.Optional(Type.Literal('applied', {
    description: 'Answer when every connected data plane that the change concerns serves it, or when the time is over: see `x-imprun-applied`.'
  })),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 0, maximum: maxTimeoutMs, default: defaultTimeoutMs, description: 'How long to wait at most.' }))
}

/** Whether there is something for data planes to apply. */
export function makesRevision (method: string | string[], tags: readonly string[] = []): boolean {
  return !['GET', 'HEAD'].includes(String(method).toUpperCase()) && ![kvTag, invocationTag, dataPlanesTag].some(tag => tags.includes(tag))
}

/** `?wait=applied` on every write of `app`, to be called before its routes are registered. What cannot be applied in time stands all the same. */
export function answerWhenApplied (app: FastifyInstance, service: DataPlaneService): void {
  app.addHook('onRoute', ({ method, schema }) => {
    if (!schema || schema.hide || !makesRevision(method, schema.tags)) return
    const own = schema.querystring as TObject | undefined
    schema.querystring = Type.Object({ ...own?.properties, ...receiptQuery }, { additionalProperties: false })
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { wait, timeoutMs = defaultTimeoutMs } = request.query as { wait?: 'applied', timeoutMs?: number }
    const revision = reply.getHeader('x-imprun-revision')
    if (wait !== 'applied' || typeof revision !== 'number') return payload
    const { envName } = (request.params ?? {}) as { envName?: string }
    describeReceipt(reply, await service.receipt({ revision, environment: envName ?? null }, timeoutMs, goneSignal(reply)))
    return payload
  })
}

function describeReceipt (reply: FastifyReply, { isApplied, waitingFor, disconnected }: Receipt): void {
  reply.header('x-imprun-applied', String(isApplied))
  if (waitingFor.length > 0) reply.header('x-imprun-waiting-for', names(waitingFor))
  if (disconnected.length > 0) reply.header('x-imprun-disconnected', names(disconnected))
}

function names (ids: readonly string[]): string {
  return [...ids.slice(0, maxNamed), ...(ids.length > maxNamed ? ['...'] : [])].join(', ')
}

function goneSignal ({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}
