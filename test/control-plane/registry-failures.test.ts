import { readdir } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import t from 'tap'
import { Packages } from '../../control-plane/packages/packages.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { freePorts } from '../support/ports.ts'
import { startRegistry } from '../support/registry.ts'
import { temporaryFilesIn } from '../support/temporary-files.ts'

const draft = (path: string, dependencies: object): object => ({
  methods: ['GET'], path, entrypoint: 'main.ts', files: { 'main.ts': 'export default () => 1', 'package.json': JSON.stringify({ dependencies }) }
})

t.test('a registry that cannot be reached, or answers something else, is said to be the fault; its address is not told', async t => {
  const [port] = await freePorts(1)
  const { admin } = await startControlPlane(t, { npmRegistry: `http://127.0.0.1:${port}` })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  const unreachable = await admin('PUT', '/api-gateways/shop/functions/f', draft('/', { a: '1' }))
  t.match(unreachable, { status: 503, json: { code: 'registry_unavailable', detail: 'The npm registry does not answer as it should (ECONNREFUSED).' } })
  t.notMatch(unreachable.text, String(port))
  t.equal((await admin('PUT', '/api-gateways/shop/functions/f', draft('/', {}))).status, 201, 'functions without packages need none')

  const registry = await startRegistry(t)
  const packages = new Packages({ registry: registry.url })
  t.teardown(async () => await packages.close())
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    'an error of its own': (_request, response) => void response.writeHead(500).end(),
    'no permission': (_request, response) => void response.writeHead(401).end(),
    'a page': (_request, response) => void response.end('<html>'),
    'nothing': (_request, response) => void response.socket!.destroy(),
    'no versions': (_request, response) => void response.end('[]')
  }
  for (const [name, answer] of Object.entries(answers)) {
    registry.answerWith(answer)
    await t.rejects(packages.resolve({ a: '1' }), { code: 'registry_unavailable' }, name)
  }
})

t.test('who waits for a slow registry keeps nobody else from publishing', async t => {
  const registry = await startRegistry(t)
  const held: ServerResponse[] = []
  const asked = Promise.withResolvers<void>()
  registry.answerWith((_request, response) => {
    held.push(response.writeHead(200, { 'content-type': 'application/json' }))
    response.write('{')
    asked.resolve()
  })
  const { admin } = await startControlPlane(t, { npmRegistry: registry.url })
  await admin('POST', '/api-gateways', { id: 'shop', name: 'Shop' })
  let answered = 0
  const slow = Promise.all(['a', 'b', 'c'].map(async name => {
    const answer = await admin('PUT', `/api-gateways/shop/functions/${name}`, draft(`/${name}`, { a: '1' }))
    answered++
    return answer
  }))
  await asked.promise
  t.equal((await admin('PUT', '/api-gateways/shop/functions/beside', draft('/beside', {}))).status, 201)
  t.equal(answered, 0, 'while the others waited')
  registry.answerWith((_request, response) => void response.writeHead(500).end())
  for (const response of held) response.destroy()
  for (const answer of await slow) t.match(answer, { status: 503, json: { code: 'registry_unavailable' } })
})

t.test('an installation has its time and no more, and leaves nothing behind', async t => {
  const folder = temporaryFilesIn(t)
  const registry = await startRegistry(t)
  registry.answerWith(() => {})
  const packages = new Packages({ registry: registry.url, limits: { timeMs: 1 } })
  t.teardown(async () => await packages.close())
  await t.rejects(packages.resolve({ a: '1' }), { code: 'registry_unavailable', message: 'The packages could not be brought within 1 ms.' })
  t.strictSame(await readdir(folder), [])
})

t.test('closing does not wait for a registry', async t => {
  const registry = await startRegistry(t)
  const asked = Promise.withResolvers<void>()
  registry.answerWith(() => asked.resolve())
  const packages = new Packages({ registry: registry.url })
  const waiting = Promise.allSettled(['a', 'b', 'c', 'd'].map(async name => await packages.resolve({ [name]: '1' })))
  await asked.promise
  await packages.close()
  t.match(await waiting, ['a', 'b', 'c', 'd'].map(() => ({ status: 'rejected', reason: { code: 'registry_unavailable' } })))
})
