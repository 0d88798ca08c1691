import t from 'tap'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { createEgressClient } from '../../data-plane/egress/client.ts'
import { fetchFrom, readText, startEgress, startTarget } from '../support/egress.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { descendants, survivors } from '../support/processes.ts'

const egress = await startEgress(t)

t.test('a killed egress fails what was in flight, and is replaced', async t => {
  const target = await startTarget(t, (request, response) => {
    if (request.url === '/body') response.write('begun')
    if (request.url === '/') response.end('ok')
  })
  const client = egress.connect(t)
  const { body } = await client.fetch(fetchFrom(`${target.origin}/body`))
  t.equal(String((await body!.next()).value), 'begun')
  const waiting = client.fetch(fetchFrom(`${target.origin}/wait`))
  while (target.requests.length < 2) await once(target.server, 'request')

  process.kill(egress.pid()!, 'SIGKILL')
  await t.rejects(body!.next(), { code: 'unavailable', message: 'outbound requests were interrupted' })
  await t.rejects(waiting, { code: 'unavailable' })
  const after = await client.fetch(fetchFrom(`${target.origin}/`))
  t.equal(await readText(after.body), 'ok')
})

t.test('it has nothing of its parent\'s environment, and no files but its program', async t => {
  t.equal(readFileSync(`/proc/${egress.pid()!}/environ`, 'utf8'), '')
  const args = readFileSync(`/proc/${egress.pid()!}/cmdline`, 'utf8').split('\0')
  const canRestrict = process.allowedNodeEnvironmentFlags.has('--allow-net')
  t.equal(args.includes('--permission'), canRestrict)
  t.strictSame(args.filter(arg => arg.startsWith('--allow-')).map(arg => path.basename(arg)), canRestrict ? ['--allow-net', 'egress.cjs'] : [])
})

t.test('it does not outlive its parent', async t => {
  const parent = fork(path.join(import.meta.dirname, '..', 'support', 'egress-parent.ts'), [temporaryDirectory(t)])
  t.teardown(() => parent.kill('SIGKILL'))
  await once(parent, 'message')
  const children = descendants(parent.pid!).filter(({ command }) => command.includes('egress.cjs'))
  t.equal(children.length, 1)
  parent.kill('SIGKILL')
  t.strictSame(await survivors(children), [])
})

t.test('without an egress a request fails, and does not wait for ever', async t => {
  const socketPath = path.join(temporaryDirectory(t), 'egress.sock')
  const server = createServer(socket => socket.destroy()).listen(socketPath)
  await once(server, 'listening')
  const client = createEgressClient(socketPath)
  await t.rejects(client.fetch(fetchFrom('http://127.0.0.2/')), { code: 'unavailable' }, 'it hangs up')
  server.close()
  await once(server, 'close')
  const controller = new AbortController()
  const impatient = client.fetch(fetchFrom('http://127.0.0.2/'), null, controller.signal)
  controller.abort()
  await t.rejects(impatient, { code: 'aborted' })
  const waiting = client.fetch(fetchFrom('http://127.0.0.2/'))
  client.close()
  await t.rejects(waiting, { code: 'unavailable' }, 'it is not there')
})
