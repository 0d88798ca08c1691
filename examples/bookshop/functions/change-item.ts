import type { Context } from '@imprun/types'
import { closedProblem, maxQuantity, readOrder } from './shared/orders.ts'
import { presentOrder } from './shared/pricing.ts'
import { invalid, problem } from './shared/problem.ts'
import { forbidden, may } from './shared/rights.ts'
import { Fields } from './shared/validation.ts'

/** PATCH /orders/:orderId/items/:itemId {quantity}, and DELETE for the item as a whole. Answers with the order, which has a new id. */
export default async function (ctx: Context) {
  if (!may(ctx, 'orders:write')) return forbidden(ctx, 'orders:write')
  const found = await readOrder(ctx, ctx.params.orderId!)
  if ('refusal' in found) return found.refusal
  const { order } = found
  const item = order.items.find(item => String(item.id) === ctx.params.itemId)
  if (item === undefined) return problem(404, 'item_unknown', 'The order has no such item.')
  if (order.status !== 'open') return closedProblem(order)

  if (ctx.method === 'DELETE') {
    if (order.items.length === 1) return problem(409, 'last_item', 'The last item stays; cancel the order instead.')
    return await presentOrder(ctx, { ...order, items: order.items.filter(other => other !== item) })
  }
  const fields = new Fields(ctx.body).only('quantity')
  const quantity = fields.integer('quantity', 1, maxQuantity)
  if (fields.errors.length > 0) return invalid(fields.errors)
  return await presentOrder(ctx, { ...order, items: order.items.map(other => other === item ? { ...item, quantity } : other) })
}
