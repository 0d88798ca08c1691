import type { Driver } from './driver.ts'

export async function driveBooks (driver: Driver): Promise<void> {
  const first = await driver.expect('the first page of books', { path: '/books?limit=6' }, { status: 200, body: { total: 14 } })
  const second = await driver.expect('the second page', { path: `/books?limit=6&after=${String(first.body.next)}` }, { status: 200, body: { total: 14 } })
  await driver.expect('the last page has no next', { path: `/books?limit=6&after=${String(second.body.next)}` }, {
    status: 200, body: { next: null, items: [{ title: 'The Voyage of the Beagle' }, { title: 'Travels in West Africa' }] }
  })
  await driver.expect('filters together', { path: '/books?genre=novel&author=bront&available=true' }, {
    status: 200, body: { total: 1, items: [{ title: 'Jane Eyre', priceCents: 1190, currency: 'EUR', available: true }] }
  })
  await driver.expect('every wrong filter at once', { path: '/books?genre=opera&limit=0&colour=red' }, {
    status: 422,
    headers: { 'content-type': /^application\/problem\+json/ },
    body: { code: 'fields_invalid', errors: [
      { pointer: '/query/colour', detail: 'is not known' },
      { pointer: '/query/limit', detail: 'must be a whole number from 1 to 50' },
      { pointer: '/query/genre', detail: 'must be one of novel, poetry, science, travel' }
    ] }
  })

  const seenByMobile = await driver.expect('a book', { path: '/books/9780000400284' }, {
    status: 200, headers: { 'cache-control': 'private, max-age=60' }, body: { title: 'Jane Eyre', author: 'Charlotte Brontë', available: true }
  })
  if ('costCents' in seenByMobile.body) throw new Error('Mobile is shown what the shop pays for a book')
  await driver.expect('the same book for the dashboard', { path: '/books/9780000400284', as: 'Dashboard' }, {
    status: 200, body: { stock: 8, costCents: 680, marginCents: 510 }
  })
  await driver.expect('no such book', { path: '/books/9789999999999' }, { status: 404, body: { code: 'book_unknown' } })
  await driver.expect('HEAD, like GET without the body', { method: 'HEAD', path: '/books' }, { status: 200, headers: { 'content-type': /^application\/json/ } })

  await driver.expect('a search without accents', { path: '/search?q=bronte' }, { status: 200, body: { total: 2 } })
  await driver.expect('a search for two words', { path: '/search?q=darwin+voyage' }, { status: 200, body: { total: 1, items: [{ title: 'The Voyage of the Beagle', score: 4 }] } })
  await driver.expect('a search for nothing', { path: '/search' }, { status: 422, body: { errors: [{ pointer: '/query/q', detail: 'is missing; it must have 2 to 100 characters' }] } })
  await driver.expect('the stock report', { path: '/reports/stock', as: 'Dashboard' }, {
    status: 200, body: { environment: 'dev', byGenre: [{ genre: 'novel', titles: 6, copies: 52 }] }
  })
  await driver.expect('no stock report for the mobile app', { path: '/reports/stock' }, { status: 403, body: { code: 'right_missing' } })
}
