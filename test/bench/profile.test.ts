import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { flameOf, byFunction, type CpuProfile } from '../../bench/profile/flame.ts'
import { nameOf } from '../../bench/profile/node-processes.ts'
import { profile } from '../../bench/profile/profile.ts'
import { launchPlatform } from '../support/launch.ts'

t.test('programs are named as one would call them', async t => {
  t.equal(nameOf('/usr/bin/node --max-old-space-size=768 /home/x/data-plane/edge/worker.ts 1 1'), 'edge-worker')
  t.equal(nameOf('/usr/bin/node --no-node-snapshot /imprun/sandbox.cjs {"a":"b.js"}'), 'sandbox')
  t.equal(nameOf('/usr/bin/node ../../etc/passwd'), 'node')
})

t.test('each process of a platform is profiled, contained or not, and works on', { skip: process.platform === 'linux' ? false : 'processes are found in /proc' }, async t => {
  const folder = t.testdir()
  const platform = await launchPlatform({ dataDir: t.testdir({ data: {} }), execArgv: ['--inspect-port=0'], env: { IMPRUN_LOG_LEVEL: 'warn' } })
  t.teardown(async () => await platform.close())
  const host = 'profiled-dev.api.localhost'
  t.equal((await platform.admin('POST', '/api-gateways', { id: 'profiled', name: 'Profiled', config: { plugins: { none: {} } } })).status, 201)
  const source = 'export default () => { let n = 0; while (n < 1e6) n++; return { n } }'
  t.equal((await platform.admin('PUT', '/api-gateways/profiled/functions/count?wait=applied', { methods: ['GET'], path: '/count', source })).status, 201)
  const ask = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) if ((await platform.traffic(host, '/count')).status !== 200) throw new Error('The function does not answer')
  }
  await ask()

  const said: string[] = []
  const pages = await profile(platform.pid, 'imprun', path.join(folder, 'profiles'), ask, text => said.push(text))

  t.strictSame(said.filter(text => !text.startsWith('no profile of sandbox-')), [], 'nobody but further sandboxes, where they are not wrapped')

  t.strictSame(pages.map(page => path.basename(page)).filter(name => !/-\d+\.html$/.test(name)).toSorted(),
    ['control-plane-main.html', 'edge-worker.html', 'imprun.html', 'sandbox.html', 'supervisor-process.html'])
  t.equal((await readdir(path.dirname(pages[0]!))).length, 2 * pages.length, 'each with what it was made from')
  t.match(await functionsOf(folder, 'edge-worker'), /data-plane\/edge\//)
  t.match(await functionsOf(folder, 'sandbox'), /applySync/, 'calls into isolates are seen from outside')
  await ask()
  t.equal((await platform.close()).code, 0, 'no process waits for somebody who is attached')
})

async function functionsOf (folder: string, name: string): Promise<string> {
  const taken = JSON.parse(await readFile(path.join(folder, 'profiles', `${name}.cpuprofile`), 'utf8')) as CpuProfile
  return byFunction(flameOf(taken, path.join(import.meta.dirname, '..', '..'))).map(({ name, place }) => `${name} ${place}`).join('\n')
}
