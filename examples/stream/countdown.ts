import type { Context } from '@imprun/types'

const encoder = new TextEncoder()

/** GET /countdown/:from: an event a second, as `EventSource` reads them. */
export default function (ctx: Context): Response {
  const from = Number(ctx.params.from)
  if (!Number.isInteger(from) || from < 1 || from > 60) return Response.json({ error: 'count from 1 to 60' }, { status: 400 })

  // Text would do as well; the types of the web platform know bytes alone.
  const event = (name: string, data: object): Uint8Array => encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  async function * events (): AsyncGenerator<Uint8Array> {
    for (let left = from; left > 0; left--) {
      yield event('tick', { left })
      await new Promise(resolve => setTimeout(resolve, 1_000))
    }
    yield event('done', {})
  }
  return new Response(events(), { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' } })
}
