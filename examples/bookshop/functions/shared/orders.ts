import type { Context } from '@imprun/types'
import { catalogue } from './catalogue.ts'
import { problem } from './problem.ts'
import { may } from './rights.ts'
import { settings } from './settings.ts'
import { isSignature, sign } from './signing.ts'

export const statuses = ['open', 'paid', 'cancelled'] as const
export const countries = ['NL', 'DE', 'BE', 'FR'] as const
export const maxItems = 20
export const maxQuantity = 50

/** All that an order is. Prices are not part of it: they follow from the catalogue. */
export interface Order {
  number: string
  /** The app that it was made with. */
  channel: string
  status: typeof statuses[number]
  country: typeof countries[number]
  placedAt: string
  items: OrderItem[]
}

export interface OrderItem {
  /** 1, 2, 3 within the order; it stays the item's when another one is removed. */
  id: number
  isbn: string
  quantity: number
}

/** Short on purpose: it becomes a segment of a path. */
type Packed = [version: 1, number: string, channel: string, status: number, country: number, placedAt: number, items: Array<[id: number, book: string, quantity: number]>]

/**
 * An order's id **is** the order, signed: functions keep nothing between calls. A change gives a new id; the one before stays readable, as
 * a receipt does. What the shop must remember (that stock is gone, that a payment was used) needs a database behind these functions.
 */
export async function orderId (ctx: Context, order: Order): Promise<string> {
  const packed: Packed = [
    1, order.number, order.channel, statuses.indexOf(order.status), countries.indexOf(order.country), Date.parse(order.placedAt),
    order.items.map(item => [item.id, item.isbn, item.quantity])
  ]
  const text = encode(JSON.stringify(packed))
  return `${text}.${await sign(signed(ctx, text), settings(ctx).orderSecret)}`
}

/** The order that `id` stands for, or the answer where it stands for none that this app may see. */
export async function readOrder (ctx: Context, id: string): Promise<{ order: Order } | { refusal: Response }> {
  const [text = '', signature = ''] = id.split('.')
  const unknown = { refusal: problem(404, 'order_unknown', 'There is no such order.') }
  if (!await isSignature(signature, signed(ctx, text), settings(ctx).orderSecret)) return unknown
  const [, number, channel, status, country, placedAt, items] = JSON.parse(decode(text)) as Packed
  const order: Order = {
    number,
    channel,
    status: statuses[status]!,
    country: countries[country]!,
    placedAt: new Date(placedAt).toISOString(),
    items: items.map(([id, isbn, quantity]) => ({ id, isbn, quantity }))
  }
  // Another app's order is as unknown as one that never was.
  const visible = order.channel === ctx.client?.name || may(ctx, 'orders:read-all') || may(ctx, 'payments:report')
  // A title that has left the catalogue since has no price any more.
  const priced = order.items.every(item => catalogue.some(book => book.isbn === item.isbn))
  return visible && priced ? { order } : unknown
}

/** An open order's items may change; a paid or cancelled one is closed. */
export function closedProblem (order: Order): Response {
  return problem(409, 'order_closed', `The order is ${order.status}; only an open one can be changed.`)
}

/** A signature holds in one environment of one gateway, should two of them ever be given the same secret. */
function signed (ctx: Context, text: string): string {
  return `order:${ctx.gateway.id}:${ctx.environment}:${text}`
}

/** Base64url of UTF-8, RFC 4648, section 5. */
function encode (text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function decode (text: string): string {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), character => character.charCodeAt(0))
  return new TextDecoder().decode(bytes)
}
