import { copyFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { Agent } from 'undici'
import { followFeed } from '../../data-plane/feed/client.ts'
import { createUplink, UplinkError } from '../../data-plane/uplink.ts'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'
import { adminClient } from '../support/http.ts'
import { createQueue } from '../support/queue.ts'
import { openTestReplica, recordingLogger } from '../support/replica.ts'
import { until } from '../support/until.ts'

const certificate = (number: 1 | 2, part: '' | '.key' = ''): string => path.join(import.meta.dirname, '..', 'support', 'tls', `localhost-${number}${part}.pem`)
const ca = readFileSync(certificate(1), 'utf8')
const token = 'data-plane-token-of-the-tests'

async function start (t: Test): Promise<{ url: string, port: number, replace: (number: 1 | 2) => void }> {
  const files = t.testdir()
  const [certFile, keyFile] = [path.join(files, 'cert.pem'), path.join(files, 'key.pem')]
  const replace = (number: 1 | 2): void => {
    copyFileSync(certificate(number), certFile)
    copyFileSync(certificate(number, '.key'), keyFile)
  }
  replace(1)
  const { ready, exit } = forkControlPlane(t, {
    IMPRUN_DATA_DIR: dataDirectory(t), IMPRUN_TLS_CERT: certFile, IMPRUN_TLS_KEY: keyFile, IMPRUN_ADMIN_TOKEN: 'admin-token-of-the-tests', IMPRUN_DATA_PLANE_TOKEN: token
  })
  const said = await ready
  if (said === null) throw new Error((await exit).stderr)
  return { ...said, replace }
}

t.test('with a certificate, admin API, feed and reports go over TLS, for those who trust it', async t => {
  const { url } = await start(t)
  t.match(url, /^https:/)
  const dispatcher = new Agent({ connect: { ca } })
  t.teardown(async () => await dispatcher.destroy())
  const admin = adminClient(url, 'admin-token-of-the-tests', dispatcher)
  t.equal((await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })).status, 201)

  const follow = (trusted: string | null): { changes: ReturnType<typeof createQueue<number>>, lines: () => Array<Record<string, unknown>> } => {
    const { writer } = openTestReplica(t)
    const changes = createQueue<number>()
    const { logger, lines } = recordingLogger()
    const feed = followFeed({
      controlUrl: url, ca: trusted, token: () => token, environments: null, writer, onDamage: error => { throw error }, onChange: ({ revision }) => changes.push(revision), onInvoke: () => {}, logger,
      firstBackoffMs: 5, longestBackoffMs: 50
    })
    t.teardown(feed.close)
    return { changes, lines }
  }
  t.equal(await follow(ca).changes.next(), 1)
  const stranger = follow(null)
  await until('it is refused', stranger.lines, lines => lines.length > 0, 3_000)
  t.match(stranger.lines()[0], { err: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })

  for (const [trusted, expected] of [[ca, 'refused'], [null, 'unreachable']] as const) {
    const uplink = createUplink({ controlUrl: url, ca: trusted, token: () => token })
    t.teardown(uplink.close)
    await t.rejects(uplink.post('/nothing', {}), { name: UplinkError.name, failure: expected })
  }
})

t.test('a certificate that is renewed is used for connections from then on', async t => {
  const { port, replace } = await start(t)
  const subject = async (): Promise<string> => await new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
  t.equal(await subject(), 'control plane 1')
  replace(2)
  await until('the other certificate is used', subject, name => name === 'control plane 2', 3_000)
})

t.test('what cannot be used is said at once', async t => {
  for (const [settings, message] of [
    [{ IMPRUN_TLS_CERT: certificate(1) }, /IMPRUN_TLS_CERT and IMPRUN_TLS_KEY must be set together/],
    [{ IMPRUN_TLS_CERT: certificate(1), IMPRUN_TLS_KEY: certificate(2, '.key') }, /IMPRUN_TLS_CERT and IMPRUN_TLS_KEY cannot be used/],
    [{ IMPRUN_TLS_CERT: certificate(1), IMPRUN_TLS_KEY: '/nowhere/key.pem' }, /cannot be used: ENOENT/]
  ] as const) {
    const { exit } = forkControlPlane(t, { IMPRUN_DATA_DIR: dataDirectory(t), ...settings })
    const { code, stderr } = await exit
    t.equal(code, 1)
    t.match(stderr, message)
  }
})
