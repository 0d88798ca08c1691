import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { descendants, survivors } from '../support/processes.ts'
import { serverFolder } from '../support/mongodb-server/setup.ts'
import { liveRuns } from '../support/mongodb-server/runs.ts'

const main = path.join(import.meta.dirname, '../support/mongodb-server/main.ts')
t.setTimeout(360_000)
const root = await serverFolder()

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  t.test(`nothing is left of a server whose process gets ${signal}`, async t => {
    const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.teardown(() => child.kill('SIGKILL'))
    const [url] = await once(child.stdout.setEncoding('utf8'), 'data') as [string]
    const client = new MongoClient(url.trim())
    t.teardown(async () => { await client.close() })
    t.equal((await client.db('a').command({ ping: 1 })).ok, 1)
    const processes = descendants(child.pid!)
    t.ok(processes.some(({ command }) => command.includes('/bin/postgres -D /runs/')))
    const isOfChild = (run: string): boolean => run.startsWith(`${child.pid}-`)
    t.equal((await liveRuns(root)).filter(isOfChild).length, 1)
    child.kill(signal)
    await once(child, 'exit')
    t.strictSame(await survivors(processes), [])
    t.strictSame((await liveRuns(root)).filter(isOfChild), [])
  })
}
