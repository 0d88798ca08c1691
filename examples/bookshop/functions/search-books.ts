import type { Context } from '@imprun/types'
import { presentBook } from './shared/books.ts'
import { catalogue, type Book } from './shared/catalogue.ts'
import { invalid } from './shared/problem.ts'
import { forbidden, may } from './shared/rights.ts'
import { Fields } from './shared/validation.ts'

const maxResults = 10

/** GET /search?q=darwin+voyage: every word must occur; the title counts more than the author. */
export default function (ctx: Context) {
  if (!may(ctx, 'books:read')) return forbidden(ctx, 'books:read')
  const query = Fields.ofQuery(ctx).only('q')
  const words = plain(query.text('q', /^.{2,100}$/u, 'must have 2 to 100 characters')).split(/\s+/).filter(word => word !== '')
  if (query.errors.length > 0) return invalid(query.errors)
  const scored = catalogue
    .map(book => ({ book, score: score(book, words) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || a.book.title.localeCompare(b.book.title))
  return { items: scored.slice(0, maxResults).map(({ book, score }) => ({ ...presentBook(ctx, book), score })), total: scored.length }
}

function score (book: Book, words: string[]): number {
  const title = plain(book.title)
  const author = plain(book.author)
  const scores = words.map(word => (title.includes(word) ? 3 : 0) + (author.includes(word) ? 1 : 0))
  return scores.includes(0) ? 0 : scores.reduce((sum, score) => sum + score, 0)
}

/** Without case and without accents: `bronte` finds Brontë. */
function plain (text: string): string {
  return text.normalize('NFD').replaceAll(/\p{Diacritic}/gu, '').toLowerCase()
}
