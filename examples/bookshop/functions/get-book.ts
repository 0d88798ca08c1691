import type { Context } from '@imprun/types'
import { presentBook } from './shared/books.ts'
import { findBook } from './shared/catalogue.ts'
import { problem } from './shared/problem.ts'
import { forbidden, may } from './shared/rights.ts'

/** GET /books/:isbn */
export default function (ctx: Context) {
  if (!may(ctx, 'books:read')) return forbidden(ctx, 'books:read')
  const book = findBook(ctx.params.isbn!)
  if (book === null) return problem(404, 'book_unknown', 'There is no book with this ISBN.')
  // Only the app's own cache may keep it: another app sees other fields.
  return Response.json(presentBook(ctx, book), { headers: { 'cache-control': 'private, max-age=60' } })
}
