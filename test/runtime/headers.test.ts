import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('values of one name are joined, cookies are kept apart', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const headers = new Headers({ 'X-Id': '1', accept: 'a' })
    headers.append('Accept', 'b')
    headers.append('Set-Cookie', 'a=1; Path=/'); headers.append('set-cookie', 'b=2')
    return [headers.get('ACCEPT'), [...headers], headers.getSetCookie(), headers.has('x-ID'), headers.get('none')]
  `), ['a, b', [['accept', 'a, b'], ['set-cookie', 'a=1; Path=/'], ['set-cookie', 'b=2'], ['x-id', '1']], ['a=1; Path=/', 'b=2'], true, null])
})

t.test('set replaces, delete removes, values are trimmed', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const headers = new Headers([['a', '1'], ['a', '2'], ['b', ' \\t v \\n']])
    headers.set('A', '3'); headers.delete('none')
    const before = [...headers]
    headers.delete('a')
    return [before, [...headers.keys()], new Headers(headers).get('b')]
  `), [[['a', '3'], ['b', 'v']], ['b'], 'v'])
})

t.test('names and values that could break a message are refused', async t => {
  const isolate = createWebIsolate(t)
  for (const [name, value] of [['a b', '1'], ['', '1'], ['a:', '1'], ['ü', '1'], ['a', 'x\r\ny: 1'], ['a', 'x\0'], ['a', '€'], ['a\r\nb', '1']] as const) {
    t.strictSame(await isolate.run(`
      const [name, value] = ${JSON.stringify([name, value])}
      return [() => new Headers({ [name]: value }), () => new Headers().append(name, value), () => new Headers().set(name, value)]
        .map(attempt => { try { attempt() } catch (error) { return error.constructor.name } })
    `), ['TypeError', 'TypeError', 'TypeError'], JSON.stringify([name, value]))
  }
})

t.test('it is made of pairs of two', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    return [[['a']], [['a', 'b', 'c']], 'text', 1].map(init => { try { new Headers(init) } catch (error) { return error.constructor.name } })
  `), ['TypeError', 'TypeError', 'TypeError', 'TypeError'])
})
