import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { dataDirectory, forkControlPlane } from '../support/control-plane-process.ts'

const adminToken = 'a-token-that-was-set'

t.test('on SIGTERM what has begun is answered, feed streams end, and the process is gone', async t => {
  const IMPRUN_DATA_DIR = dataDirectory(t)
  const { child, ready, exit } = forkControlPlane(t, { IMPRUN_DATA_DIR, IMPRUN_ADMIN_TOKEN: adminToken })
  const { url, port } = (await ready)!
  const token = (await readFile(path.join(IMPRUN_DATA_DIR, 'data-plane-token'), 'utf8')).trim()
  const feed = (await fetch(`${url}/v1/feed`, { headers: { authorization: `Bearer ${token}` } })).body!.getReader()
  await feed.read()

  const body = '{"id":"shop","name":"Shop"}'
  const begun = connect(port, '127.0.0.1')
  begun.write(`POST /v1/api-gateways HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${adminToken}\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\nexpect: 100-continue\r\n\r\n`)
  await once(begun, 'data')
  child.kill('SIGTERM')
  // The end of the stream says that it is closing.
  for (let chunk = await feed.read(); !chunk.done;) chunk = await feed.read()
  begun.write(body)
  t.match(await text(begun), /^HTTP\/1\.1 201 .*"id":"shop"/s)
  t.match(await exit, { code: 0, signal: null, stderr: '' })
})

t.test('without its launcher it stops by itself', async t => {
  const { child, ready, exit } = forkControlPlane(t, { IMPRUN_DATA_DIR: dataDirectory(t) })
  await ready
  child.disconnect()
  t.match(await exit, { code: 0, signal: null })
})

t.test('a second signal does not disturb the first', async t => {
  const { child, ready, exit } = forkControlPlane(t, { IMPRUN_DATA_DIR: dataDirectory(t) })
  await ready
  child.kill('SIGINT')
  child.kill('SIGTERM')
  t.match(await exit, { code: 0, signal: null })
})
