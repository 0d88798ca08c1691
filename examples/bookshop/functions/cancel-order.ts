import type { Context } from '@imprun/types'
import { readOrder } from './shared/orders.ts'
import { presentOrder } from './shared/pricing.ts'
import { problem } from './shared/problem.ts'
import { forbidden, may } from './shared/rights.ts'

/** DELETE /orders/:orderId. A paid order is cancelled by the dashboard alone, because money goes back. */
export default async function (ctx: Context) {
  if (!may(ctx, 'orders:write')) return forbidden(ctx, 'orders:write')
  const found = await readOrder(ctx, ctx.params.orderId!)
  if ('refusal' in found) return found.refusal
  const { order } = found
  if (order.status === 'cancelled') return problem(409, 'order_closed', 'The order is cancelled already.')
  if (order.status === 'paid' && !may(ctx, 'orders:cancel-paid')) return forbidden(ctx, 'orders:cancel-paid')
  const presented = await presentOrder(ctx, { ...order, status: 'cancelled' })
  return { ...presented, refundCents: order.status === 'paid' ? presented.totalCents : 0 }
}
