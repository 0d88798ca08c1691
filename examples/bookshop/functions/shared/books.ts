import type { Context } from '@imprun/types'
import type { Book } from './catalogue.ts'
import { may } from './rights.ts'
import { settings } from './settings.ts'

/** A book as the calling app may see it: numbers of the stock and what the shop pays are for the dashboard. */
export function presentBook (ctx: Context, { costCents, stock, ...book }: Book) {
  return {
    ...book,
    currency: settings(ctx).currency,
    available: stock > 0,
    ...(may(ctx, 'books:read-costs') && { stock, costCents, marginCents: book.priceCents - costCents })
  }
}
