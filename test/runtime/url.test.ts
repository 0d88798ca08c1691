import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('URLs are parsed and serialised as the standard says', async t => {
  const isolate = createWebIsolate(t)
  const cases: Array<[input: string, base: string | undefined, href: string]> = [
    ['HTTPS://Shop.Example.COM:443/a/../b?x=1#y', undefined, 'https://shop.example.com/b?x=1#y'],
    ['../x?q', 'https://example.com/a/b/c', 'https://example.com/a/x?q'],
    ['//other.example/p', 'https://example.com/', 'https://other.example/p'],
    ['?only', 'https://example.com/a#f', 'https://example.com/a?only'],
    ['https://bücher.example/straße', undefined, 'https://xn--bcher-kva.example/stra%C3%9Fe'],
    ['https://faß.example/', undefined, 'https://xn--fa-hia.example/'],
    ['https://☕.example/', undefined, 'https://xn--53h.example/'],
    ['https://１２７.1/', undefined, 'https://127.0.0.1/'],
    ['http://0x7f.1/', undefined, 'http://127.0.0.1/'],
    ['http://2130706433', undefined, 'http://127.0.0.1/'],
    ['http://[2001:DB8::0:1]:8080/', undefined, 'http://[2001:db8::1]:8080/'],
    ['http://[::ffff:127.0.0.1]/', undefined, 'http://[::ffff:7f00:1]/'],
    ['https://user:p%40ss@example.com/', undefined, 'https://user:p%40ss@example.com/'],
    ['https://example.com/a b"<>`', undefined, 'https://example.com/a%20b%22%3C%3E%60'],
    [' \n https://exa\tmple.com/ ', undefined, 'https://example.com/'],
    ['data:text/plain,hello', undefined, 'data:text/plain,hello'],
    ['mailto:someone@example.com', undefined, 'mailto:someone@example.com']
  ]
  for (const [input, base, href] of cases) {
    t.equal(await isolate.run(`return new URL(${JSON.stringify(input)}, ${JSON.stringify(base)}).href`), href, input)
  }
})

t.test('what is no URL is refused', async t => {
  const isolate = createWebIsolate(t)
  for (const input of ['', '/relative', 'https://', 'https://exa mple.com', 'http://[::1', 'http://1.2.3.256', 'https://example.com:99999', 'https://a%00b/']) {
    t.strictSame(await isolate.run(`
      const input = ${JSON.stringify(input)}
      let name
      try { new URL(input) } catch (error) { name = error.constructor.name }
      return [name, URL.canParse(input), URL.parse(input)]
    `), ['TypeError', false, null], JSON.stringify(input))
  }
})

t.test('setters change one part, or nothing where the value is not valid', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const url = new URL('https://user@example.com:8443/path?a=1#h')
    const seen = []
    const set = (name, value) => { url[name] = value; seen.push(url.href) }
    set('port', '443'); set('port', 'x'); set('hostname', 'Ümlaut.example'); set('pathname', 'a b/../c'); set('search', 'q=ü')
    set('hash', ''); set('username', 'a:b'); set('password', 'p'); set('protocol', 'http'); set('protocol', 'data'); set('host', '')
    set('href', 'https://new.example/')
    return seen
  `), [
    'https://user@example.com/path?a=1#h',
    'https://user@example.com/path?a=1#h',
    'https://user@xn--mlaut-jva.example/path?a=1#h',
    'https://user@xn--mlaut-jva.example/c?a=1#h',
    'https://user@xn--mlaut-jva.example/c?q=%C3%BC#h',
    'https://user@xn--mlaut-jva.example/c?q=%C3%BC',
    'https://a%3Ab@xn--mlaut-jva.example/c?q=%C3%BC',
    'https://a%3Ab:p@xn--mlaut-jva.example/c?q=%C3%BC',
    'http://a%3Ab:p@xn--mlaut-jva.example/c?q=%C3%BC',
    'http://a%3Ab:p@xn--mlaut-jva.example/c?q=%C3%BC',
    'http://a%3Ab:p@xn--mlaut-jva.example/c?q=%C3%BC',
    'https://new.example/'
  ])
})

t.test('a URL is a URL to instanceof, to JSON and to a template', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const url = new URL('https://example.com/a')
    return [url instanceof URL, JSON.stringify({ url }), \`\${url}\`, Object.prototype.toString.call(url), url.origin, URL.name]
  `), [true, '{"url":"https://example.com/a"}', 'https://example.com/a', '[object URL]', 'https://example.com', 'URL'])
})
