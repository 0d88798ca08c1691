import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import {
  brotliCompress, brotliCompressSync, constants, createBrotliCompress, createGzip, createZstdCompress, gzip, gzipSync, zstdCompress, zstdCompressSync,
  type BrotliOptions, type ZlibOptions, type ZstdOptions
} from 'node:zlib'
import type { BodyChange } from '../policy.ts'
import type { Encoding } from './defaults.ts'

/** The way to another thread and back takes longer than compressing so much. */
const smallBytes = 8 * 1024
/** 2^18 bytes of what came before are looked at: an encoder takes about a megabyte, whatever it is given. */
const windowBits = 18
/** At once in this process, of those that take longer. Further answers go out as they are. */
const maxRunning = 128

let running = 0

const brotliAsync = promisify<Buffer, BrotliOptions, Buffer>(brotliCompress)
const zstdAsync = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress)
const gzipAsync = promisify<Buffer, ZlibOptions, Buffer>(gzip)

/** Whether one more body may be compressed that is no small one. */
export function hasRoom (): boolean {
  return running < maxRunning
}

export function createEncoder (encoding: Encoding, level: number): BodyChange {
  switch (encoding) {
    case 'br': return brotli(level)
    case 'zstd': return zstd(level)
    case 'gzip': return gzipped(level)
  }
}

function brotli (level: number): BodyChange {
  const params = { [constants.BROTLI_PARAM_QUALITY]: level, [constants.BROTLI_PARAM_LGWIN]: windowBits }
  return encoder(
    body => brotliCompressSync(body, { params }),
    body => brotliAsync(body, { params }),
    // What is sent in parts is read in parts: each leaves when it comes.
    () => createBrotliCompress({ params, flush: constants.BROTLI_OPERATION_FLUSH })
  )
}

function zstd (level: number): BodyChange {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: windowBits }
  return encoder(
    body => zstdCompressSync(body, { params }),
    body => zstdAsync(body, { params }),
    () => createZstdCompress({ params, flush: constants.ZSTD_e_flush })
  )
}

function gzipped (level: number): BodyChange {
  return encoder(
    body => gzipSync(body, { level }),
    body => gzipAsync(body, { level }),
    () => createGzip({ level, flush: constants.Z_SYNC_FLUSH })
  )
}

function encoder (atOnce: (body: Buffer) => Buffer, later: (body: Buffer) => Promise<Buffer>, stream: () => Transform): BodyChange {
  return {
    whole: body => body.length <= smallBytes ? atOnce(body) : counted(later(body)),
    stream: () => {
      running++
      return stream().once('close', () => { running-- })
    }
  }
}

async function counted (compressing: Promise<Buffer>): Promise<Buffer> {
  running++
  try {
    return await compressing
  } finally {
    running--
  }
}
