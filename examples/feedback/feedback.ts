import type { Context } from '@imprun/types'

const perHour = 3
const keptSeconds = 30 * 24 * 60 * 60

interface Message { text: string, at: string }

/** POST /feedback keeps a message, a few of each app in an hour. GET /feedback?cursor=… lists them, oldest first. */
export default async function (ctx: Context): Promise<Response> {
  return ctx.method === 'POST' ? await leave(ctx) : await list(ctx)
}

async function leave (ctx: Context): Promise<Response> {
  const { text } = (ctx.body ?? {}) as { text?: unknown }
  if (typeof text !== 'string' || text.length === 0 || text.length > 1_000) return Response.json({ error: 'text must have 1 to 1,000 characters' }, { status: 422 })

  // The hour begins with the first message: an increment says how long only where it makes the key.
  const sent = await ctx.kv.increment(`feedback:sent:${ctx.client?.id ?? 'anybody'}`, 1, { ttlSeconds: 3_600 })
  if (sent > perHour) return Response.json({ error: `${perHour} messages an hour are enough` }, { status: 429 })

  const at = new Date().toISOString()
  await ctx.kv.set(`feedback:message:${at}:${ctx.requestId}`, { text, at } satisfies Message, { ttlSeconds: keptSeconds })
  return Response.json({ left: perHour - sent }, { status: 201 })
}

async function list (ctx: Context): Promise<Response> {
  const { cursor } = ctx.query
  const page = await ctx.kv.list({ prefix: 'feedback:message:', limit: 20, ...(typeof cursor === 'string' && { cursor }) })
  const messages = await Promise.all(page.keys.map(({ key }) => ctx.kv.get<Message>(key)))
  // One may have expired between the list and the reading.
  return Response.json({ messages: messages.filter(message => message !== null), cursor: page.cursor })
}
