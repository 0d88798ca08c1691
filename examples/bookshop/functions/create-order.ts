import type { Context } from '@imprun/types'
import { findBook } from './shared/catalogue.ts'
import { countries, maxItems, maxQuantity, type Order, type OrderItem } from './shared/orders.ts'
import { presentOrder } from './shared/pricing.ts'
import { invalid } from './shared/problem.ts'
import { forbidden, may } from './shared/rights.ts'
import { Fields } from './shared/validation.ts'

/** POST /orders {country, items: [{isbn, quantity}]} */
export default async function (ctx: Context) {
  if (!may(ctx, 'orders:write')) return forbidden(ctx, 'orders:write')
  const fields = new Fields(ctx.body).only('country', 'items')
  const country = fields.oneOf('country', countries)
  const items = fields.list('items', 1, maxItems).map((item, index) => readItem(new Fields(item, `/items/${index}`, fields.errors), index))
  items.forEach(({ isbn }, index) => {
    if (isbn !== '' && items.findIndex(item => item.isbn === isbn) < index) fields.errors.push({ pointer: `/items/${index}/isbn`, detail: 'stands in the order already' })
  })
  if (fields.errors.length > 0) return invalid(fields.errors)

  const number = `B-${crypto.randomUUID().slice(0, 8).toUpperCase()}`
  const order: Order = { number, channel: ctx.client!.name, status: 'open', country, placedAt: new Date().toISOString(), items }
  const presented = await presentOrder(ctx, order)
  ctx.log.info('Order placed', { number, items: items.length, totalCents: presented.totalCents })
  return Response.json(presented, { status: 201, headers: { location: `/orders/${presented.id}` } })
}

function readItem (fields: Fields, index: number): OrderItem {
  fields.only('isbn', 'quantity')
  const isbn = fields.text('isbn', /^\d{13}$/, 'must be the 13 digits of an ISBN')
  const quantity = fields.integer('quantity', 1, maxQuantity)
  if (isbn !== '' && findBook(isbn) === null) fields.errors.push({ pointer: `/items/${index}/isbn`, detail: 'is not in the catalogue' })
  return { id: index + 1, isbn, quantity }
}
