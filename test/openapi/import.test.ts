import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { postText } from '../support/openapi.ts'

const bookshelf = readFileSync(path.join(import.meta.dirname, 'bookshelf.yaml'), 'utf8')

interface Step { action: string, resource: string, name: string }
interface Plan { dryRun: boolean, changed: boolean, steps: Step[], refused: Array<{ pointer: string, detail: string }>, ignored: Array<{ pointer: string, detail: string }> }

const stepsOf = (answer: { json: unknown }, resource: string) => (answer.json as Plan).steps.filter(step => step.resource === resource).map(({ action, name }) => `${action} ${name}`)

t.test('operations become endpoints that hold requests against them, and the same document changes nothing', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const post = postText(t, url, '/api-gateways/shop/openapi')
  const dry = await post('?dryRun=true&upstream=books', bookshelf)
  t.match(dry, { status: 200, json: { dryRun: true, changed: true } })
  t.match(await admin('GET', '/api-gateways/shop/functions'), { json: { items: [] } })

  const made = await post('?upstream=books', bookshelf)
  t.strictSame(stepsOf(made, 'function'), ['created listBooks', 'created addBook', 'created get-books-book-id', 'created remove-book', 'created putCover'])
  t.strictSame(stepsOf(made, 'route'), ['created listBooks', 'created addBook', 'created get-books-book-id', 'created remove-book', 'created putCover'])
  const { refused, ignored } = made.json as Plan
  t.strictSame(refused.map(({ pointer }) => pointer), ['/paths/~1books~1{id}.pdf', '/paths/~1covers~1{id}/trace', '/paths/~1elsewhere/get/parameters/0/$ref'])
  t.strictSame(ignored.map(({ pointer }) => pointer).sort(), [
    '/components/schemas/Book/properties/subtitle/format', '/components/schemas/Book/properties/title/pattern', '/components/securitySchemes',
    '/paths/~1covers~1{id}/put/requestBody/content/multipart~1form-data/schema', '/servers'
  ])
  const { json: book } = await admin('GET', '/api-gateways/shop/functions/get-books-book-id')
  t.match(book, { methods: ['GET'], path: '/books/:book_id', upstream: { name: 'books' }, plugins: { 'request-validation': { parameters: [{ name: 'book_id', in: 'path', required: true, schema: { type: 'integer', format: 'int64' } }] } } })
  const { json: add } = await admin('GET', '/api-gateways/shop/functions/addBook')
  t.match(add, {
    plugins: {
      'request-validation': {
        requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/$defs/Book' } } } },
        $defs: { Book: { properties: { subtitle: { type: ['string', 'null'] }, price: { exclusiveMinimum: 0 }, by: { $ref: '#/$defs/Author' } } }, Author: {} }
      }
    }
  })

  const again = await post('?upstream=books', bookshelf)
  t.match(again, { status: 200, json: { changed: false } })
  t.ok((again.json as Plan).steps.every(({ action }) => action !== 'created' && action !== 'changed'))
})

t.test('without an upstream they are mocks, which give way to code', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const post = postText(t, url, '/api-gateways/shop/openapi')
  t.equal((await post('', bookshelf)).status, 200)
  const { json } = await admin('GET', '/api-gateways/shop/functions/addBook')
  t.match(json, { plugins: { mocking: { status: 201, examples: { first: { title: 'Emma' }, second: { title: 'Persuasion' } } } } })
  t.match((await admin('GET', '/api-gateways/shop/functions/listBooks')).json, { plugins: { mocking: { schema: { items: { $ref: '#/$defs/Book' } }, others: { 500: { headers: { 'content-type': 'application/problem+json' } } } } } })

  await admin('PUT', '/api-gateways/shop/functions/addBook', { methods: ['POST'], path: '/books', source: 'export default () => 1', plugins: { headers: { response: { set: { 'x-a': 'b' } } } } })
  const again = await post('', bookshelf.replace('maxLength: 50', 'maxLength: 60').replace('Nothing here', 'Nowhere'))
  t.strictSame(stepsOf(again, 'function').filter(step => step.startsWith('changed')), ['changed listBooks', 'changed addBook'])
  const { json: written } = await admin('GET', '/api-gateways/shop/functions/addBook')
  t.match(written, { files: { 'addBook.ts': 'export default () => 1' }, plugins: { headers: {}, 'request-validation': { $defs: { Book: { properties: { title: { maxLength: 60 } } } } } } })
  t.notHas((written as { plugins: object }).plugins, 'mocking')
})

t.test('what is no document, and a strict look at one, say where', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const post = postText(t, url, '/api-gateways/shop/openapi')
  t.match(await post('', 'swagger: "2.0"'), { status: 400, json: { code: 'validation_failed', errors: [{ pointer: '/openapi' }] } })
  t.match(await post('', 'openapi: 3.1.0\npaths: [}'), { status: 400, json: { code: 'malformed_request' } })
  t.match(await post('?strict=true', bookshelf), { status: 400, json: { errors: [{ pointer: '/paths/~1books~1{id}.pdf', detail: 'has a parameter that is not a whole segment' }] } })
  t.match(await post('', `openapi: 3.1.0\nx: &a [1]\ny: [${'*a,'.repeat(2_000)}]`), { status: 400 })
  t.match(await post('', JSON.stringify({ openapi: '3.1.0', paths: { '/a': { get: { operationId: 'a' } } } }), 'application/json'), { status: 200 })
  t.match(await postText(t, url, '/api-gateways/nobody/openapi')('', bookshelf), { status: 404 })
  await admin('PUT', '/api-gateways/shop/functions/other', { methods: ['GET'], path: '/books', source: 'export default () => 1' })
  t.match(await post('', bookshelf), { status: 409, json: { code: 'route_conflict', errors: [{ pointer: '/paths/~1books/get' }] } })
})
