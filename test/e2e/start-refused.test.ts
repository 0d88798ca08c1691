import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import path from 'node:path'
import t, { type Test } from 'tap'
import { forkPlatform } from '../support/launch.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { freePorts } from '../support/ports.ts'
import { processesWith, survivors } from '../support/processes.ts'

interface Refusal { code: number | null, said: string[] }

/** Starts what cannot start. @returns the exit code, and what was said beside the log's JSON lines */
async function refusal (t: Test, init: { dataDir?: string, env?: Record<string, string>, args?: string[], execArgv?: string[] }): Promise<Refusal> {
  const [control, data] = await freePorts(2)
  const dataDir = init.dataDir ?? temporaryDirectory(t)
  const forked = forkPlatform({
    ...init,
    dataDir,
    env: { IMPRUN_CONTROL_PORT: String(control), IMPRUN_DATA_PORT: String(data), IMPRUN_ADMIN_TOKEN: 'a-token-of-the-tests', ...init.env }
  })
  t.teardown(() => forked.child.kill('SIGKILL'))
  const { code } = await forked.exited
  t.strictSame(await survivors(processesWith('IMPRUN_DATA_DIR', dataDir)), [], 'nobody is left')
  return { code, said: forked.output().split('\n').filter(line => line !== '' && !line.startsWith('{')) }
}

async function takePort (t: Test): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return String((server.address() as AddressInfo).port)
}

t.test('a port in use', async t => {
  for (const name of ['IMPRUN_CONTROL_PORT', 'IMPRUN_DATA_PORT']) {
    const port = await takePort(t)
    const { code, said } = await refusal(t, { env: { [name]: port } })
    t.ok(code !== 0 && code !== null, `${name}: exit code ${code}`)
    t.equal(said.length, 1, said.join('\n'))
    t.match(said[0], new RegExp(`^imprun.*${port}.*${name}`))
  }
})

t.test('a data directory that cannot be written', async t => {
  const file = path.join(temporaryDirectory(t), 'file')
  await writeFile(file, '')
  for (const dataDir of [file, path.join(file, 'below')]) {
    const { code, said } = await refusal(t, { dataDir })
    t.ok(code !== 0 && code !== null, `exit code ${code}`)
    t.equal(said.length, 1, said.join('\n'))
    t.match(said[0], file)
  }
})

t.test('a Node.js that is too old', async t => {
  const preload = path.join(temporaryDirectory(t), 'old-node.mjs')
  await writeFile(preload, "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.9.0' } })\n")
  const { code, said } = await refusal(t, { execArgv: ['--import', preload] })
  t.equal(code, 1)
  t.strictSame(said, ['imprun needs Node.js 24 or newer; this is 22.9.0. "npm start" uses the one that "npm ci" installs.'])
})

t.test('a setting that is wrong, and a command that is none', async t => {
  const setting = await refusal(t, { env: { IMPRUN_DATA_PORT: 'http' } })
  t.match(setting, { code: 1, said: ['imprun: IMPRUN_DATA_PORT must be a whole number from 0 to 65535, not "http"'] })
  const command = await refusal(t, { args: ['begin'] })
  t.match(command, { code: 1, said: ['imprun: there is no command "begin"; see --help'] })
  const option = await refusal(t, { args: ['start', '--verbose'] })
  t.equal(option.code, 1)
  t.equal(option.said.length, 1)
})
