import type { Context } from '@imprun/types'

/** GET /hello/:name */
export default async function (ctx: Context) {
  return {
    message: `Hello, ${ctx.params.name}!`,
    environment: ctx.environment,
    client: ctx.client?.name ?? null,
    requestId: ctx.requestId
  }
}
