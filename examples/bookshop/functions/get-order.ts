import type { Context } from '@imprun/types'
import { readOrder } from './shared/orders.ts'
import { presentOrder } from './shared/pricing.ts'

/** GET /orders/:orderId */
export default async function (ctx: Context) {
  const found = await readOrder(ctx, ctx.params.orderId!)
  return 'refusal' in found ? found.refusal : await presentOrder(ctx, found.order)
}
