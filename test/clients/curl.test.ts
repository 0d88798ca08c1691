import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { findDebianProgram, type DebianProgram } from '../support/debian-package.ts'
import type { TestEdge } from '../support/edge.ts'
import { temporaryDirectory } from '../support/platform.ts'
import { host, startProxied } from '../support/upstream.ts'

const run = promisify(execFile)
const found = await findDebianProgram('curl', '/usr/bin/curl').catch((error: Error) => error)
const whole = found instanceof Error ? { skip: found.message } : {}
const program = found as DebianProgram

/** What it prints, and what it says about it with `-v`. */
async function curl (edge: TestEdge, asked: string, ...args: string[]): Promise<{ out: string, said: string }> {
  const options = ['-sv', '--max-time', '30', '--noproxy', '*', '--resolve', `${host}:${edge.port}:127.0.0.1`]
  const { stdout, stderr } = await run(program.file, [...options, ...args, `http://${host}:${edge.port}${asked}`], {
    encoding: 'utf8', env: { PATH: '/usr/bin:/bin', ...(program.libraries !== null && { LD_LIBRARY_PATH: program.libraries }) }
  })
  return { out: stdout, said: stderr }
}

const text = 'A text that is long enough to be worth compressing. '.repeat(100)

t.test('what curl does by itself', whole, async t => {
  const { edge, target } = await startProxied(t, (request, response) => {
    const sum = createHash('sha256')
    request.on('data', (chunk: Buffer) => sum.update(chunk)).on('end', () => {
      if (request.method === 'PUT') return response.end(sum.digest('hex'))
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': text.length, etag: '"1"' })
      response.end(request.method === 'HEAD' ? undefined : text)
    })
  }, { plugins: { none: {}, compression: {} } })

  await t.test('reads an answer, compressed where it says so', async t => {
    t.equal((await curl(edge, '/text')).out, text)
    const { out, said } = await curl(edge, '/text', '--compressed')
    t.equal(out, text)
    t.match(said, /^< content-encoding: (?:br|gzip|zstd|deflate)/im)
    t.match(said, /^< vary: .*accept-encoding/im)
  })

  await t.test('asks for the head alone', async t => {
    const { out, said } = await curl(edge, '/text', '-I')
    t.match(out, new RegExp(`^content-length: ${text.length}\\r$`, 'im'))
    t.match(said, /^< HTTP\/1\.1 200 OK/m)
  })

  await t.test('waits with a large body until it is asked for', async t => {
    const file = path.join(temporaryDirectory(t), 'large')
    const body = Buffer.alloc(3 * 1024 * 1024, 'abc')
    writeFileSync(file, body)
    const { out, said } = await curl(edge, '/upload', '-T', file, '-H', 'Expect: 100-continue')
    t.equal(out, createHash('sha256').update(body).digest('hex'))
    t.match(said, /^< HTTP\/1\.1 100 Continue/m)
    const chunked = await curl(edge, '/upload', '-T', file, '-H', 'Transfer-Encoding: chunked', '-H', 'Expect:')
    t.equal(chunked.out, createHash('sha256').update(body).digest('hex'))
    t.equal(target.requests.at(-1)!.headers['transfer-encoding'], 'chunked')
  })

  await t.test('follows its own rules for paths', async t => {
    await curl(edge, '/a/../b/./c?d=%2e')
    t.equal(target.requests.at(-1)!.url, '/b/c?d=%2e')
    t.match((await curl(edge, '/a/../b', '--path-as-is')).out, /malformed_request/)
  })

  await t.test('uses one connection for several requests', async t => {
    const { said } = await curl(edge, '/[1-3]')
    t.match(said, /Re-using existing connection/i)
  })
})
