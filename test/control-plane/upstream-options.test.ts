import { readFileSync } from 'node:fs'
import t from 'tap'
import { startControlPlane } from '../support/control-plane.ts'
import { readFeed } from '../support/feed-reader.ts'

const upstream = '/api-gateways/shop/environments/dev/upstreams/orders'
const certificate = readFileSync(new URL('../support/tls/certificate.pem', import.meta.url), 'utf8')
const targets = [{ url: 'https://a.example' }, { url: 'https://b.example/base/', weight: 3 }]

t.test('options are kept with their defaults, and reach the data planes', async t => {
  const { admin, url } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const made = await admin('PUT', upstream, {
    targets,
    balance: { algorithm: 'consistent-hash', hashOn: 'header', hashKey: 'X-Shard' },
    healthChecks: { active: { path: '/healthz', intervalSeconds: 5 }, passive: {} },
    circuitBreaker: { failurePercent: 20 },
    retries: { attempts: 2, perTryTimeoutMs: 500 },
    protocol: 'auto',
    tls: { ca: certificate, serverName: 'orders.example', clientCertificate: { certificate: 'CERTIFICATE', key: 'KEY' } },
    keepAlive: { maxConnections: 10 }
  })
  const settled = {
    targets: [{ url: 'https://a.example', weight: 1 }, { url: 'https://b.example/base', weight: 3 }],
    timeouts: { connectMs: 5_000, firstByteMs: 30_000, totalMs: 120_000, idleMs: 120_000 },
    balance: { algorithm: 'consistent-hash', hashOn: 'header', hashKey: 'X-Shard' },
    healthChecks: {
      active: { path: '/healthz', intervalSeconds: 5, timeoutMs: 2_000, healthyStatuses: [200, 204], healthyAfter: 2, unhealthyAfter: 3 },
      passive: { unhealthyAfter: 3, unhealthyStatuses: [502, 503, 504], ejectSeconds: 10 },
      panicPercent: 0
    },
    circuitBreaker: { failurePercent: 20, minimumRequests: 20, windowSeconds: 10, openSeconds: 10, halfOpenRequests: 3, failureStatuses: [500, 502, 503, 504] },
    retries: { attempts: 2, on: ['connect-failure', 'reset'], perTryTimeoutMs: 500, budget: { percent: 20, minPerSecond: 10 } },
    protocol: 'auto',
    tls: { ca: certificate, serverName: 'orders.example', verify: true, minVersion: 'TLSv1.2', clientCertificate: { certificate: 'CERTIFICATE', key: 'KEY' } },
    keepAlive: { maxConnections: 10, idleSeconds: 4 }
  }
  const { name: _name, createdAt: _created, updatedAt: _updated, ...shown } = made.json as Record<string, unknown>
  t.strictSame(shown, settled)
  t.match(await admin('PUT', upstream, shown), { status: 200 }, 'what is shown can be put')
  const { items } = (await admin('GET', '/api-gateways/shop/environments/dev/upstreams')).json as { items: unknown[] }
  t.match(items, [settled])
  const feed = await readFeed(t, url, { until: ({ type }) => type === 'commit' })
  t.strictSame(feed.flatMap(message => message.type === 'environment' && message.environment === 'dev' ? [message.value?.upstreams?.orders] : []), [settled])
})

t.test('what cannot be meant is refused, and where it stands is said', async t => {
  const { admin } = await startControlPlane(t)
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const wrong: Array<[draft: Record<string, unknown>, pointer: string]> = [
    [{}, '/url'],
    [{ url: 'http://a', targets }, '/targets'],
    [{ targets: [] }, '/targets'],
    [{ targets: [{ url: 'http://a' }, { url: 'ftp://b' }] }, '/targets/1/url'],
    [{ targets: [{ url: 'http://a/b' }, { url: 'http://a/b/' }] }, '/targets/1/url'],
    [{ targets: [{ url: 'http://a', weight: 0 }] }, '/targets'],
    [{ targets: [{ url: 'http://a', weight: 1_001 }] }, '/targets/0/weight'],
    [{ targets: Array.from({ length: 33 }, (_, index) => ({ url: `http://t${index}` })) }, '/targets'],
    [{ targets, balance: { algorithm: 'random' } }, '/balance/algorithm'],
    [{ targets, balance: { hashOn: 'path' } }, '/balance/hashOn'],
    [{ targets, balance: { algorithm: 'consistent-hash', hashOn: 'cookie' } }, '/balance/hashKey'],
    [{ targets, balance: { algorithm: 'consistent-hash', hashKey: 'x' } }, '/balance/hashKey'],
    [{ targets, healthChecks: { active: { path: '/../a' } } }, '/healthChecks/active/path'],
    [{ targets, healthChecks: { active: { intervalSeconds: 1, timeoutMs: 1_001 } } }, '/healthChecks/active/timeoutMs'],
    [{ targets, healthChecks: { active: { intervalSeconds: 0 } } }, '/healthChecks/active/intervalSeconds'],
    [{ targets, healthChecks: { passive: { unhealthyStatuses: [101] } } }, '/healthChecks/passive/unhealthyStatuses/0'],
    [{ url: 'http://a', circuitBreaker: { failurePercent: 101 } }, '/circuitBreaker/failurePercent'],
    [{ url: 'http://a', retries: { attempts: 6 } }, '/retries/attempts'],
    [{ url: 'http://a', retries: { on: ['always'] } }, '/retries/on/0'],
    [{ url: 'http://a', retries: { budget: { percent: 200 } } }, '/retries/budget/percent'],
    [{ url: 'http://a', tls: {} }, '/tls'],
    [{ url: 'https://a', tls: { ca: 'mine' } }, '/tls/ca'],
    [{ url: 'https://a', tls: { ca: certificate.replace(/[A-Z]{4}/, '????') } }, '/tls/ca'],
    [{ url: 'https://a', tls: { serverName: 'a b' } }, '/tls/serverName'],
    [{ url: 'https://a', tls: { clientCertificate: { certificate: 'A' } } }, '/tls/clientCertificate/key'],
    [{ url: 'https://a', tls: { minVersion: 'TLSv1' } }, '/tls/minVersion'],
    [{ url: 'http://a', keepAlive: { forever: true } }, '/keepAlive/forever']
  ]
  for (const [draft, pointer] of wrong) t.match(await admin('PUT', upstream, draft), { status: 400, json: { code: 'validation_failed', errors: [{ pointer }] } }, JSON.stringify(draft).slice(0, 100))
})
