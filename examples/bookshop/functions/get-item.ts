import type { Context } from '@imprun/types'
import { readOrder } from './shared/orders.ts'
import { priceItem } from './shared/pricing.ts'
import { problem } from './shared/problem.ts'

/** GET /orders/:orderId/items/:itemId */
export default async function (ctx: Context) {
  const found = await readOrder(ctx, ctx.params.orderId!)
  if ('refusal' in found) return found.refusal
  const item = found.order.items.find(item => String(item.id) === ctx.params.itemId)
  return item === undefined ? problem(404, 'item_unknown', 'The order has no such item.') : priceItem(item)
}
