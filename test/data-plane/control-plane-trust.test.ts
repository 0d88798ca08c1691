import t from 'tap'
import { isPlainText, readControlCa, warnOfPlainText } from '../../data-plane/control-plane-trust.ts'
import { recordingLogger } from '../support/replica.ts'

t.test('a control plane that is reached over a network without TLS is warned of', async t => {
  for (const url of ['http://control.example.com', 'http://10.0.0.1:4000', 'http://[2001:db8::1]:4000', 'http://localhost.example.com', 'http://128.0.0.1']) t.ok(isPlainText(url), url)
  for (const url of ['https://control.example.com', 'http://localhost:4000', 'http://control.localhost', 'http://127.0.0.1:4000', 'http://127.1.2.3', 'http://[::1]:4000']) t.notOk(isPlainText(url), url)
  const { logger, lines } = recordingLogger()
  warnOfPlainText({ controlUrl: 'https://control.example.com' }, logger)
  t.strictSame(lines(), [])
  warnOfPlainText({ controlUrl: 'http://control.example.com' }, logger)
  t.match(lines(), [{ controlUrl: 'http://control.example.com', msg: /without TLS/ }])
})

t.test('authorities that cannot be read are named by their setting', async t => {
  t.equal(readControlCa({ controlCaFile: null }), null)
  const directory = t.testdir({ 'ca.pem': 'authorities' })
  t.equal(readControlCa({ controlCaFile: `${directory}/ca.pem` }), 'authorities')
  t.throws(() => readControlCa({ controlCaFile: `${directory}/none.pem` }), { name: 'ConfigError', message: /^IMPRUN_CONTROL_CA cannot be read: ENOENT/ })
})
