import type { Context } from '@imprun/types'

/** GET /countdown/:from: an event a second, as `EventSource` reads them. */
export default function (ctx: Context): Response {
  const from = Number(ctx.params.from)
  if (!Number.isInteger(from) || from < 1 || from > 60) return Response.json({ error: 'count from 1 to 60' }, { status: 400 })

  const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
  async function * events (): AsyncGenerator<string> {
    for (let left = from; left > 0; left--) {
      yield event('tick', { left })
      await new Promise(resolve => setTimeout(resolve, 1_000))
    }
    yield event('done', {})
  }
  return new Response(events(), { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}
