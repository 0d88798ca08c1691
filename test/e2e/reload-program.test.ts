import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t, { type Test } from 'tap'
import { request } from 'undici'
import { forkPlatform } from '../support/launch.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { freePorts } from '../support/ports.ts'
import { until } from '../support/until.ts'

const root = path.join(import.meta.dirname, '../..')

/** The program at another place, where it can be changed. */
function copyProgram (t: Test): string {
  const copy = temporaryDirectory(t)
  for (const name of ['imprun.js', 'imprun.ts', 'start.ts', 'planes.ts', 'package.json', 'data-plane', 'shared', 'examples']) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true })
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  return copy
}

t.test('a reload starts the program that is on the disk by then, and goes on with the old one where that does not start', async t => {
  const root = copyProgram(t)
  const dataDir = temporaryDirectory(t)
  const [port] = await freePorts(1)
  const env = { IMPRUN_DATA_PLANE_TOKEN: 'token-of-the-data-plane', IMPRUN_CONTROL_URL: 'http://127.0.0.1:9', IMPRUN_DATA_PORT: String(port), IMPRUN_LOG_LEVEL: 'silent' }
  const { child, exited } = forkPlatform({ root, dataDir, env, args: ['data-plane'] })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
  })
  const health = async (): Promise<unknown> => {
    const { body } = await request(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } })
    return await body.json()
  }
  const reload = async (): Promise<{ code: number | null, output: string }> => {
    const { exited, output } = forkPlatform({ root, dataDir, args: ['data-plane:reload'] })
    return { code: (await exited).code, output: output() }
  }
  await until('the data plane', async () => await health().catch(() => null), answer => answer !== null)

  const file = path.join(root, 'data-plane/edge/health.ts')
  const original = readFileSync(file, 'utf8')
  writeFileSync(file, original.replace('{"status":"ok"}', '{"status":"ok","program":"new"}'))
  t.strictSame(await reload(), { code: 0, output: 'generation 2 serves\n' })
  await until('the old workers to leave', health, answer => (answer as { program?: string }).program === 'new')

  const supervisor = path.join(root, 'data-plane/supervisor.ts')
  writeFileSync(supervisor, `${readFileSync(supervisor, 'utf8')}\nthrow new Error('broken')\n`)
  t.strictSame(await reload(), {
    code: 1, output: 'imprun: the new processes do not serve, and generation 2 goes on: the new generation ended before it was ready\n'
  })
  t.strictSame(await health(), { status: 'ok', program: 'new' })
})
