import type { Context } from '@imprun/types'
import { presentBook } from './shared/books.ts'
import { catalogue, genres, type Book } from './shared/catalogue.ts'
import { invalid } from './shared/problem.ts'
import { forbidden, may } from './shared/rights.ts'
import { Fields } from './shared/validation.ts'

/** GET /books?genre=&author=&maxPriceCents=&available=&limit=&after= */
export default function (ctx: Context) {
  if (!may(ctx, 'books:read')) return forbidden(ctx, 'books:read')
  const query = Fields.ofQuery(ctx).only('genre', 'author', 'maxPriceCents', 'available', 'limit', 'after')
  const limit = query.has('limit') ? query.integer('limit', 1, 50) : 5
  const after = query.has('after') ? query.text('after', /^\d{13}$/, 'must be the `next` of the page before') : null
  const filters = readFilters(query)
  if (query.errors.length > 0) return invalid(query.errors)

  const found = catalogue.filter(book => filters.every(filter => filter(book)))
  const start = after === null ? 0 : found.findIndex(book => book.isbn === after) + 1
  const page = found.slice(start, start + limit)
  return {
    items: page.map(book => presentBook(ctx, book)),
    total: found.length,
    next: start + limit < found.length ? page.at(-1)!.isbn : null
  }
}

function readFilters (query: Fields): Array<(book: Book) => boolean> {
  const filters: Array<(book: Book) => boolean> = []
  if (query.has('genre')) {
    const genre = query.oneOf('genre', genres)
    filters.push(book => book.genre === genre)
  }
  if (query.has('author')) {
    const author = query.text('author', /^.{2,80}$/u, 'must have 2 to 80 characters').toLowerCase()
    filters.push(book => book.author.toLowerCase().includes(author))
  }
  if (query.has('maxPriceCents')) {
    const maxPriceCents = query.integer('maxPriceCents', 1, 1_000_000)
    filters.push(book => book.priceCents <= maxPriceCents)
  }
  if (query.has('available')) {
    const available = query.oneOf('available', ['true', 'false']) === 'true'
    filters.push(book => book.stock > 0 === available)
  }
  return filters
}
