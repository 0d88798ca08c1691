import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { startPlatform } from '../support/platform.ts'

const run = promisify(execFile)

async function curlIsMissing (): Promise<string | false> {
  try {
    await run('curl', ['--version'])
    return false
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'curl is not installed'
    throw error
  }
}

t.test('the line that the first start prints answers when it is pasted', { skip: await curlIsMissing() }, async t => {
  const platform = await startPlatform(t, { args: ['start'] })
  const line = platform.output().split('\n').map(line => line.trim()).find(line => line.startsWith('curl '))
  t.ok(line, platform.output())
  const { stdout } = await run('sh', ['-c', `${line} --silent --show-error --fail --max-time 10`])
  t.match(JSON.parse(stdout), { message: 'Hello, world!', environment: 'prod', client: 'Terminal' })
})
