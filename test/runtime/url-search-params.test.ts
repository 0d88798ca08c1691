import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('searchParams and search show the same query', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const url = new URL('https://example.com/?a=1&b=2')
    const { searchParams } = url
    searchParams.append('a', '3 4'); searchParams.delete('b')
    const afterParams = url.href
    url.search = '?x=%C3%BC&x=+y'
    return [afterParams, searchParams.getAll('x'), url.searchParams === searchParams]
  `), ['https://example.com/?a=1&a=3+4', ['ü', ' y'], true])
})

t.test('it is made of a string, pairs, a record or another one', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const make = init => new URLSearchParams(init).toString()
    return [make('?a=b&c'), make([['a', '1'], ['a', '2']]), make({ q: 'x&y=z', e: '' }), make(new URLSearchParams('a=1')), make(undefined), make('%zz=%')]
  `), ['a=b&c=', 'a=1&a=2', 'q=x%26y%3Dz&e=', 'a=1', '', '%25zz=%25'])
  t.equal(await isolate.run(`try { new URLSearchParams([['only one']]) } catch (error) { return error.constructor.name }`), 'TypeError')
})

t.test('it is iterated in order, sorted stably, and asked with a value', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const params = new URLSearchParams('b=1&a=2&b=3&a=4')
    params.sort()
    return [[...params], params.size, params.has('a', '4'), params.has('a', '5'), params.get('missing'), [...params.keys()]]
  `), [[['a', '2'], ['a', '4'], ['b', '1'], ['b', '3']], 4, true, false, null, ['a', 'a', 'b', 'b']])
})
