import t from 'tap'
import { RouteConflict, compileRoutes, routePathPattern, type Route } from '#shared/routes.ts'

const route = (method: string, path: string): Route => ({ methods: [method] as Route['methods'], path })

t.test('text wins over a parameter, a parameter over the wildcard', async t => {
  const router = compileRoutes([route('GET', '/users/*'), route('GET', '/users/:id'), route('GET', '/users/me'), route('GET', '/:a/x/:b')])
  t.equal(router.match('GET', '/users/me')?.target.path, '/users/me')
  t.strictSame({ ...router.match('GET', '/users/7')?.params }, { id: '7' })
  t.strictSame({ ...router.match('GET', '/users/7/orders/8')?.params }, { '*': '7/orders/8' })
  t.strictSame({ ...router.match('GET', '/q/x/r')?.params }, { a: 'q', b: 'r' })
  t.equal(router.match('GET', '/users'), null)
})

t.test('a parameter is a segment of at least one character', async t => {
  const router = compileRoutes([route('GET', '/users/:id'), route('GET', '/files/:id'), route('GET', '/files/*')])
  t.equal(router.match('GET', '/users/'), null)
  t.strictSame(router.allowedMethods('/users/'), [])
  t.equal(router.match('GET', '/files/')?.target.path, '/files/*')
})

t.test('parameters are decoded, once', async t => {
  const router = compileRoutes([route('GET', '/files/:name')])
  t.equal(router.match('GET', '/files/a%20b')?.params.name, 'a b')
  t.equal(router.match('GET', '/files/a%2520b')?.params.name, 'a%20b')
  t.equal(router.match('GET', '/files/a%2Fb')?.params.name, 'a/b')
  t.throws(() => router.match('GET', '/files/%zz'), { code: 'malformed_request' })
})

t.test('GET answers HEAD, and the methods of a path are known', async t => {
  const router = compileRoutes([route('GET', '/a'), route('POST', '/a'), route('OPTIONS', '/b')])
  t.equal(router.match('HEAD', '/a')?.target.path, '/a')
  t.strictSame(router.allowedMethods('/a'), ['GET', 'POST', 'HEAD'])
  t.strictSame(router.allowedMethods('/b'), ['OPTIONS'])
  t.strictSame(router.allowedMethods('/c'), [])
  t.equal(router.match('BREW', '/a'), null)
})

t.test('routes that no request could tell apart are refused', async t => {
  t.throws(() => compileRoutes([route('GET', '/users/:id'), route('GET', '/users/:name')]), RouteConflict)
  t.doesNotThrow(() => compileRoutes([route('GET', '/users/:id'), route('POST', '/users/:name')]))
})

t.test('the pattern of paths admits what is documented and nothing else', async t => {
  const pattern = new RegExp(routePathPattern)
  for (const path of ['/', '/users', '/users/', '/users/:id', '/a/:b/c/:d', '/files/*', '/*', '/v1.0/~x']) t.match(path, pattern, path)
  for (const path of ['', 'users', '//', '/a//b', '/:', '/:1', '/a*', '/*/a', '/a/:id(\\d+)', '/:id?', '/a:b', '/ä', '/a b', '/%41']) t.notMatch(path, pattern, path)
})
