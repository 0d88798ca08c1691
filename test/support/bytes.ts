import type { IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { request, type Dispatcher } from 'undici'

export interface BytesAnswer {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  /** Of what was encoded by the way. */
  text: string
}

/** Like `Traffic`, for answers that are not text before they have been decoded. */
export async function askBytes (port: number, host: string, path: string, headers: Record<string, string> = {}, method: Dispatcher.HttpMethod = 'GET'): Promise<BytesAnswer> {
  const { statusCode, headers: answered, body } = await request(`http://127.0.0.1:${port}${path}`, { method, headers: { host, ...headers } })
  const bytes = Buffer.from(await body.arrayBuffer())
  return { status: statusCode, headers: answered, bytes, text: decode(bytes, String(answered['content-encoding'])).toString() }
}

function decode (bytes: Buffer, encoding: string): Buffer {
  if (bytes.length === 0) return bytes
  switch (encoding) {
    case 'br': return brotliDecompressSync(bytes)
    case 'zstd': return zstdDecompressSync(bytes)
    case 'gzip': return gunzipSync(bytes)
    default: return bytes
  }
}
