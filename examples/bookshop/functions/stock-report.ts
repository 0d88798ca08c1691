import type { Context } from '@imprun/types'
import { catalogue, genres } from './shared/catalogue.ts'
import { forbidden, may } from './shared/rights.ts'
import { settings } from './shared/settings.ts'

const lowStock = 3

/** GET /reports/stock: for the dashboard alone. */
export default function (ctx: Context) {
  if (!may(ctx, 'stock:read')) return forbidden(ctx, 'stock:read')
  const byGenre = genres.map(genre => {
    const books = catalogue.filter(book => book.genre === genre)
    return {
      genre,
      titles: books.length,
      copies: books.reduce((sum, book) => sum + book.stock, 0),
      valueCents: books.reduce((sum, book) => sum + book.stock * book.costCents, 0)
    }
  })
  return {
    environment: ctx.environment,
    currency: settings(ctx).currency,
    byGenre,
    reorder: catalogue.filter(book => book.stock <= lowStock).map(({ isbn, title, stock }) => ({ isbn, title, stock }))
  }
}
