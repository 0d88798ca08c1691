import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { chooseConfinement } from '../../data-plane/functions/confinement.ts'
import { testBundles } from '../support/bundles.ts'
import { startFunctions } from '../support/functions.ts'
import { sandboxesOf } from '../support/processes.ts'

const bundles = await testBundles()
const said: Array<Record<string, unknown>> = []
const confinement = await chooseConfinement(bundles.probe, pino({ level: 'info' }, { write: text => { said.push(JSON.parse(text) as Record<string, unknown>) } }))
const isRoot = process.getuid?.() === 0
const unwrapped = confinement.isWrapped ? false : 'bubblewrap does not work here'

t.test('how sandboxes are confined is said once', async t => {
  t.equal(said.length, 1)
  t.match(said[0], { msg: confinement.isWrapped ? /under bubblewrap/ : /bubblewrap is not/ })
})

t.test('a sandbox of root is nobody, and can become nobody else', { skip: isRoot ? false : 'only root can give up being root' }, async t => {
  await startFunctions(t, { confinement })
  const [sandbox] = sandboxesOf(process.pid)
  const status = readFileSync(`/proc/${sandbox!.pid}/status`, 'utf8')
  t.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m)
  t.match(status, /^Gid:\t65534\t65534\t65534\t65534$/m)
  t.match(status, /^Groups:\t *$/m)
  t.match(status, /^CapEff:\t0+$/m)
  t.match(status, /^CapPrm:\t0+$/m)
  if (confinement.isWrapped) t.match(status, /^NoNewPrivs:\t1$/m)
})

t.test('a sandbox sees neither network, processes nor files', { skip: unwrapped }, async t => {
  await startFunctions(t, { confinement })
  const [sandbox] = sandboxesOf(process.pid)
  const proc = `/proc/${sandbox!.pid}`
  for (const namespace of ['net', 'pid', 'ipc', 'mnt', 'uts']) t.not(readlinkSync(`${proc}/ns/${namespace}`), readlinkSync(`/proc/self/ns/${namespace}`), namespace)
  t.notMatch(readFileSync(`${proc}/net/dev`, 'utf8'), /eth|ens|wlan/)
  const hidden = ['/etc/shadow', '/etc/passwd', '/proc', '/dev', '/tmp', '/home', '/usr/bin', '/imprun/data-plane/replica', process.cwd() + '/package.json']
  for (const file of hidden.filter(file => !leadsToNode(file))) {
    t.notOk(existsSync(`${proc}/root${file}`), file)
  }
})

t.test('code that has taken a sandbox over reaches nothing', { skip: unwrapped }, async t => {
  const folder = mkdtempSync(path.join(tmpdir(), 'imprun-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(path.join(folder, 'sandbox'))
  const secret = path.join(folder, 'replica.sqlite')
  writeFileSync(secret, 'secret')
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise<void>(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo

  const script = `
    const { readFileSync, writeFileSync, readdirSync } = process.getBuiltinModule('node:fs')
    const { connect } = process.getBuiltinModule('node:net')
    const { createSocket } = process.getBuiltinModule('node:dgram')
    const { spawnSync } = process.getBuiltinModule('node:child_process')
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534) }
    const attempt = run => { try { return run() } catch (error) { return error.code } }
    const dial = options => new Promise(done => connect(options, () => done('connected')).on('error', error => done(error.code)))
    const results = {
      environment: Object.keys(process.env),
      shadow: attempt(() => readFileSync('/etc/shadow', 'utf8')),
      secret: attempt(() => readFileSync(${JSON.stringify(secret)}, 'utf8')),
      write: attempt(() => writeFileSync('/x', 'x')),
      root: readdirSync('/').sort(),
      shell: spawnSync('/bin/sh', ['-c', 'id']).error?.code,
      setuid: attempt(() => process.setuid(0)),
      own: await dial({ host: '127.0.0.1', port: ${port} }),
      out: await dial({ host: '192.0.2.1', port: 80 }),
      udp: await new Promise(done => createSocket('udp4').unref().send('x', 53, '192.0.2.1', error => done(error?.code ?? 'sent')))
    }
    console.log(JSON.stringify(results))`
  const { file, args } = confinement.command({ program: bundles.sandbox, own: path.join(folder, 'sandbox'), egress: null }, ['--input-type=module', '-e', script])
  const { stdout, stderr } = spawnSync(file, args, { env: { IMPRUN_ADMIN_TOKEN: 'secret' }, encoding: 'utf8', timeout: 20_000 })
  t.equal(stderr, '')
  const results = JSON.parse(stdout) as Record<string, unknown>
  t.notMatch(results.environment, ['IMPRUN_ADMIN_TOKEN'])
  t.match(results, { shadow: 'ENOENT', secret: /^(?:ENOENT|EACCES)$/, shell: 'ENOENT', out: 'ENETUNREACH', udp: 'ENETUNREACH' })
  t.match(results.own, /^(?:ENETUNREACH|ECONNREFUSED)$/)
  t.match(results.write, /^(?:EROFS|EACCES)$/)
  t.not(results.setuid, undefined, 'setuid is refused')
  t.strictSame((results.root as string[]).filter(name => /^(?:etc|home|proc|dev|tmp|usr)$/.test(name) && !leadsToNode(`/${name}`)), [])
})

/** Folders on the way to the program itself are there, with nothing else in them. */
function leadsToNode (folder: string): boolean {
  return process.execPath.startsWith(`${folder}/`)
}
