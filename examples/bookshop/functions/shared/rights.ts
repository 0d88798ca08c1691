import type { Context } from '@imprun/types'
import { problem } from './problem.ts'

/**
 * Which of the shop's apps may do what. The key has told the gateway which app calls; what that app may do is the shop's own matter,
 * so it stands here and is tested like the rest of the code.
 */
const rights = {
  'books:read': ['Mobile', 'Dashboard'],
  'books:read-costs': ['Dashboard'],
  'orders:write': ['Mobile', 'Dashboard'],
  'orders:read-all': ['Dashboard'],
  'orders:cancel-paid': ['Dashboard'],
  'stock:read': ['Dashboard'],
  'payments:report': ['Payments']
} as const satisfies Record<string, readonly string[]>

export type Right = keyof typeof rights

export function may (ctx: Context, right: Right): boolean {
  const apps: readonly string[] = rights[right]
  return ctx.client !== null && apps.includes(ctx.client.name)
}

export function forbidden (ctx: Context, right: Right): Response {
  ctx.log.warn('Not allowed', { right, client: ctx.client?.name ?? null })
  return problem(403, 'right_missing', `This app does not have the right ${right}.`)
}
