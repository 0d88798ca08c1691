import { promisify } from 'node:util'
import { constants, createZstdDecompress, zstdCompress, zstdCompressSync, type ZstdDecompress } from 'node:zlib'

/** How lines travel. */
export type FeedEncoding = 'zstd' | 'identity'

const compressApart = promisify<Buffer, { params: Record<number, number> }, Buffer>(zstdCompress)
const options = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** Up to here the way to another thread and back takes longer than the work. */
const maxSyncBytes = 16 * 1024

/** Of what the reader takes (RFC 9110, section 12.5.3). Weights do not matter, but that 0 is no. */
export function chooseEncoding (accepted: string | undefined): FeedEncoding {
  const isTaken = (accepted ?? '').toLowerCase().split(',').some(part => {
    const [coding, ...parameters] = part.split(';').map(text => text.trim())
    return coding === 'zstd' && !parameters.some(parameter => /^q=0(?:\.0*)?$/.test(parameter))
  })
  return isTaken ? 'zstd' : 'identity'
}

/**
 * A frame that stands by itself: frames may be put one behind the other (RFC 8878, section 3.1). So what was compressed for one reader is sent to
 * all, none has a compressor with a window of its own, and each frame can be read as soon as it is there.
 */
export async function compress (text: string): Promise<Buffer> {
  const bytes = Buffer.from(text)
  return bytes.length <= maxSyncBytes ? zstdCompressSync(bytes, options) : await compressApart(bytes, options)
}

export async function encode (text: string, encoding: FeedEncoding): Promise<Buffer> {
  return encoding === 'zstd' ? await compress(text) : Buffer.from(text)
}

/** For readers that take nothing compressed, of what is kept so. */
export function createDecoder (): ZstdDecompress {
  return createZstdDecompress()
}
