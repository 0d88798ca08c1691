import type { Context } from '@imprun/types'
import { findBook } from './catalogue.ts'
import { orderId, type Order, type OrderItem } from './orders.ts'
import { settings } from './settings.ts'

/** From so many copies of one title on there is a discount on them. */
export const bulkQuantity = 5
export const bulkDiscountPercent = 10

/** Cents to a country: a base, and so much for each begun kilogram. */
const shippingRates: Record<Order['country'], { baseCents: number, perKilogramCents: number }> = {
  NL: { baseCents: 295, perKilogramCents: 60 },
  BE: { baseCents: 395, perKilogramCents: 80 },
  DE: { baseCents: 395, perKilogramCents: 90 },
  FR: { baseCents: 495, perKilogramCents: 110 }
}

export function priceItem (item: OrderItem) {
  const book = findBook(item.isbn)!
  const fullCents = book.priceCents * item.quantity
  const discountCents = item.quantity >= bulkQuantity ? Math.round(fullCents * bulkDiscountPercent / 100) : 0
  return {
    id: item.id,
    isbn: item.isbn,
    title: book.title,
    quantity: item.quantity,
    unitCents: book.priceCents,
    discountCents,
    totalCents: fullCents - discountCents,
    available: book.stock >= item.quantity
  }
}

/** The order as an app is shown it, with all that follows from it. */
export async function presentOrder (ctx: Context, order: Order) {
  const { currency, freeShippingFromCents } = settings(ctx)
  const items = order.items.map(priceItem)
  const itemsCents = items.reduce((sum, item) => sum + item.totalCents, 0)
  const shippingCents = itemsCents >= freeShippingFromCents ? 0 : shipping(order)
  return {
    id: await orderId(ctx, order),
    number: order.number,
    status: order.status,
    channel: order.channel,
    country: order.country,
    placedAt: order.placedAt,
    currency,
    items,
    itemsCents,
    shippingCents,
    totalCents: itemsCents + shippingCents
  }
}

function shipping (order: Order): number {
  const grams = order.items.reduce((sum, item) => sum + findBook(item.isbn)!.weightGrams * item.quantity, 0)
  const { baseCents, perKilogramCents } = shippingRates[order.country]
  return grams === 0 ? 0 : baseCents + Math.ceil(grams / 1000) * perKilogramCents
}
