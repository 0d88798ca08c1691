import t from 'tap'
import { checkPlugins } from '#shared/plugins/rules.ts'
import { startEdge } from '../support/edge.ts'

const host = 'shop.api.localhost'

t.test('the first rule that fits sends clients elsewhere, before a key is looked at', async t => {
  const edge = await startEdge(t)
  edge.addGateway('shop', {
    plugins: {
      redirect: {
        rules: [
          { path: '/old', to: '/new', status: 301 }, { path: '/v1/*', to: 'https://v1.example/api/*' }, { path: '/tilde/*', to: '/*' },
          { path: '/docs/*', to: 'https://docs.example/?from=api', status: 302 }
        ]
      }
    }
  })
  const ask = async (path: string, method = 'GET') => {
    const { status, headers } = await edge.traffic(host, path, { method })
    return [status, headers.location]
  }
  t.strictSame(await ask('/old?a=1'), [301, '/new?a=1'])
  t.strictSame(await ask('/v1/users/7?full=1', 'POST'), [308, 'https://v1.example/api/users/7?full=1'])
  t.strictSame(await ask('/docs/a?b=1'), [302, 'https://docs.example/?from=api'])
  t.strictSame(await ask('/older'), [401, undefined])
  t.strictSame(await ask('/tilde/evil.example'), [308, '/evil.example'])
})

t.test('a rule that could not be followed is named', async t => {
  t.match(checkPlugins({ redirect: { rules: [{ path: '/a/*', to: '/b/*' }, { path: '/a', to: '/b/*' }] } }, ''), [{ pointer: '/redirect/rules/1/to' }])
})
