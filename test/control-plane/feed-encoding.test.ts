import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import t from 'tap'
import { request } from 'undici'
import { chooseEncoding } from '../../control-plane/feed/encoding.ts'
import { dataPlaneToken, startControlPlane } from '../support/control-plane.ts'

async function connect (url: string, acceptEncoding?: string): Promise<{ encoding: unknown, body: Readable }> {
  const { headers, body } = await request(`${url}/v1/feed`, { headers: { authorization: `Bearer ${dataPlaneToken}`, ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }) } })
  return { encoding: headers['content-encoding'], body }
}

t.test('zstd is for those who take it', async t => {
  for (const accepted of ['zstd', 'gzip, zstd', 'ZSTD;q=0.5', 'identity;q=0, zstd ; q=1']) t.equal(chooseEncoding(accepted), 'zstd', accepted)
  for (const accepted of [undefined, '', 'gzip', 'identity', 'zstd;q=0', 'zstd; q=0.000', '*']) t.equal(chooseEncoding(accepted), 'identity', String(accepted))
})

t.test('each change can be read as soon as it is there, compressed or not, and both say the same', async t => {
  const { url, admin } = await startControlPlane(t, { feedHeartbeatMs: 60_000 })
  const plain = await connect(url)
  const compressed = await connect(url, 'zstd')
  t.teardown(() => { for (const { body } of [plain, compressed]) body.destroy() })
  t.equal(plain.encoding, undefined)
  t.equal(compressed.encoding, 'zstd')
  const texts = ['', '']
  const streams = [plain.body, compressed.body.pipe(createZstdDecompress())]
  streams.forEach((stream, n) => stream.on('data', (chunk: Buffer) => { texts[n] += chunk.toString() }))
  const received = async (revision: number): Promise<void> => {
    for (const [n, stream] of streams.entries()) while (!texts[n]!.includes(`"commit","revision":${revision}}\n`)) await once(stream, 'data')
  }
  await received(0)
  // The second of them is longer than a frame.
  for (const [n, length] of [10, 100_000, 10].entries()) {
    await admin('POST', '/api-gateways', { id: `shop${n}`, name: 'Shop' })
    await admin('PUT', `/api-gateways/shop${n}/functions/f`, { methods: ['GET'], path: '/', source: `export default () => '${'0123456789'.repeat(length / 10)}'` })
    await received(2 * n + 2)
  }
  t.equal(texts[0], texts[1])
  t.match(texts[0], /"shop2"/)
})
