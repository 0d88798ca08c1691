import type { Context } from '@imprun/types'

/** By schedule, and by POST /check-site: is the site that the variable SITE_URL names still there? */
export default async function (ctx: Context) {
  const url = ctx.env.SITE_URL
  if (url === undefined) throw new Error('the variable SITE_URL is not set')
  const began = Date.now()
  const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5_000) })
  const seen = { url, status: answer.status, tookMs: Date.now() - began, scheduledAt: ctx.schedule?.scheduledAt ?? null }
  // From 500 on a run counts as failed; whoever looks at the runs sees when it began.
  if (answer.status >= 400) return Response.json(seen, { status: 503 })
  ctx.log.info('the site answers', seen)
  return seen
}
