import t from 'tap'
import { ConfigError, describeConfig, readConfig } from '#shared/config.ts'
import { createSecretKey } from '#shared/secret-box.ts'

t.test('defaults', async t => {
  const config = readConfig({})
  t.match(config, { baseDomain: 'localhost', host: '127.0.0.1', controlPort: 4000, dataPort: 8080, adminToken: null, serveEnvironments: null })
  t.equal(config.controlUrl, 'http://127.0.0.1:4000')
})

t.test('a wrong value is named with what was expected', async t => {
  for (const [name, value] of [
    ['IMPRUN_CONTROL_PORT', '80a'], ['IMPRUN_DATA_PORT', '70000'], ['IMPRUN_WORKERS', '0'], ['IMPRUN_ADMIN_TOKEN', 'short'],
    ['IMPRUN_BASE_DOMAIN', 'exa mple'], ['IMPRUN_BASE_DOMAIN', 'localhost:80'], ['IMPRUN_CONTROL_URL', 'ftp://x'],
    ['IMPRUN_SERVE_ENVIRONMENTS', 'dev,Prod'], ['IMPRUN_LOG_LEVEL', 'loud'], ['IMPRUN_LOG_RETENTION_DAYS', '0'], ['IMPRUN_LOG_MAX_MB', '1.5'], ['IMPRUN_ACCESS_LOG', 'maybe'],
    ['IMPRUN_EGRESS_ALLOW', '10.0.0.0'], ['IMPRUN_EGRESS_ALLOW', '10.0.0.0/33'], ['IMPRUN_EGRESS_ALLOW', '10.0.0.0/8,fe80::1%eth0/64'],
    ['IMPRUN_EGRESS_ALLOW', 'internal/8'], ['IMPRUN_EGRESS_DNS', 'dns.example'], ['IMPRUN_EGRESS_DNS', '192.0.2.1:70000'],
    ['IMPRUN_EGRESS_DNS', '[192.0.2.1'], ['IMPRUN_NPM_REGISTRY', 'registry'], ['IMPRUN_NPM_REGISTRY', 'https://user:password@npm.example'],
    ['IMPRUN_NPM_REGISTRY', 'https://npm.example/?token=x']
  ] as const) {
    t.throws(() => readConfig({ [name]: value }), ConfigError, `${name}=${value}`)
    t.throws(() => readConfig({ [name]: value }), new RegExp(name))
  }
})

t.test('where limits are counted', async t => {
  t.match(readConfig({}), { redisUrl: null, redisTimeoutMs: 50 })
  for (const url of ['redis://redis.example', 'rediss://imprun:p%40ss@redis.example:6380/3', 'redis://:password@[::1]:6379/']) t.equal(readConfig({ REDIS_URL: url }).redisUrl, url)
  for (const wrong of ['redis.example:6379', 'http://:hunter2@redis', 'redis://:hunter2@', 'redis://:hunter2@h/shop', 'redis://h/0?password=hunter2', 'redis://:hunter2%zz@h', 'redis://:hunter2@h:70000']) {
    t.throws(() => readConfig({ REDIS_URL: wrong }), { name: 'ConfigError', message: 'REDIS_URL must look like redis://user:password@host:6379/0, or rediss:// for TLS' }, wrong)
  }
  t.throws(() => readConfig({ IMPRUN_REDIS_TIMEOUT_MS: '0' }), /IMPRUN_REDIS_TIMEOUT_MS/)
  t.notMatch(JSON.stringify(describeConfig(readConfig({ REDIS_URL: 'redis://:hunter2@h' }))), /hunter2/)
})

t.test('what functions may reach', async t => {
  t.match(readConfig({}), { egressAllow: [], egressDns: null })
  t.match(readConfig({ IMPRUN_EGRESS_ALLOW: '10.1.0.0/16, fd00::/8', IMPRUN_EGRESS_DNS: '192.0.2.1,192.0.2.2:5353,[2001:db8::1]:53,2001:db8::2' }), {
    egressAllow: ['10.1.0.0/16', 'fd00::/8'],
    egressDns: ['192.0.2.1', '192.0.2.2:5353', '[2001:db8::1]:53', '2001:db8::2']
  })
})

t.test('who may connect, and how slow a client may be', async t => {
  t.match(readConfig({}), {
    maxConnections: 10_000, maxConnectionsPerAddress: 1_000, trustedProxies: ['127.0.0.0/8', '::1/128'], headersSeconds: 10, clientStallSeconds: 60, minUploadBytesPerSecond: 100
  })
  t.match(readConfig({ IMPRUN_TRUSTED_PROXIES: '10.0.0.0/8', IMPRUN_MAX_CONNECTIONS: '64' }), { trustedProxies: ['10.0.0.0/8'], maxConnections: 64 })
  t.throws(() => readConfig({ IMPRUN_TRUSTED_PROXIES: '10.0.0.1' }), /IMPRUN_TRUSTED_PROXIES/)
  t.match(readConfig({}), { overloadDelayMs: 100, maxWaitingRequests: 4_096, maxBufferMb: 256 })
  t.throws(() => readConfig({ IMPRUN_CLIENT_STALL_SECONDS: '0' }), /IMPRUN_CLIENT_STALL_SECONDS/)
})

t.test('where packages come from', async t => {
  t.match(readConfig({}), { npmRegistry: null, npmConnection: null })
  const config = readConfig({ IMPRUN_NPM_REGISTRY: 'https://npm.example/team/', HTTPS_PROXY: 'http://u:password@proxy.example', HOME: '/root' })
  t.match(config, { npmRegistry: 'https://npm.example/team', npmConnection: { HTTPS_PROXY: 'http://u:password@proxy.example' } })
  t.strictSame(Object.keys(config.npmConnection!), ['HTTPS_PROXY'])
  t.notMatch(JSON.stringify(describeConfig(config)), /password/)
})

t.test('secrets are not described', async t => {
  const secretKeys = `${createSecretKey()},${createSecretKey()}`
  t.strictSame(readConfig({ IMPRUN_SECRET_KEY: secretKeys }).secretKeys, secretKeys.split(','))
  for (const wrong of [`${secretKeys}x`, ' , ', 'secret-secret']) {
    t.throws(() => readConfig({ IMPRUN_SECRET_KEY: wrong }), { name: 'ConfigError', message: /^IMPRUN_SECRET_KEY must be one or more keys of 32 bytes/ })
  }
  const described = JSON.stringify(describeConfig(readConfig({ IMPRUN_ADMIN_TOKEN: 'administrator-token-1', IMPRUN_SECRET_KEY: secretKeys, MONGODB_URL: 'mongodb://u:secret@h' })))
  t.notMatch(described, /administrator-token|u:secret/)
  t.notOk(secretKeys.split(',').some(key => described.includes(key)))
  t.match(described, /\[set\]/)
})
