import { createHmac, hkdfSync, timingSafeEqual, type Hmac } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { pipeline as pipelineOf, Readable, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { readLines } from '../feed/lines.ts'

/**
 * A snapshot file: what the feed says to one that has nothing, kept for one that cannot ask.
 *
 *     imprun-snapshot 1        a line
 *     {"environments":…}       a line: the header
 *     lines of the feed, from `begin` to `commit`, Zstandard (RFC 8878)
 *     HMAC-SHA-256 of all that, 32 bytes
 *
 * The key is derived from a secret key of the installation (HKDF, RFC 5869), which whoever serves its secrets has anyway. Nothing of a
 * file is looked at, not even what is compressed, before its signature is found to be right.
 */
export interface SnapshotHeader {
  /** Names of the environments that it was asked for; `null`: all. */
  environments: readonly string[] | null
  /** RFC 3339. */
  createdAt: string
  /** RFC 3339; `null`: never. */
  expiresAt: string | null
}

/** Altered, cut off, signed with another key, or no snapshot at all. */
export class SnapshotRefused extends Error {
  override readonly name = 'SnapshotRefused'
}

const magic = 'imprun-snapshot 1\n'
const signatureBytes = 32
/** The header's: a scope is names, and there are not many. */
const maxHeaderBytes = 64 * 1024

/** @param lines of the feed, without their ends. Memory is that of a few of them, however many there are. */
export async function writeSnapshot (file: string, header: SnapshotHeader, lines: AsyncIterable<string> | Iterable<string>, secretKey: string): Promise<void> {
  const mac = startMac(secretKey)
  const part = `${file}.part`
  const signed = async function * (compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const head = Buffer.from(`${magic}${JSON.stringify(header)}\n`)
    mac.update(head)
    yield head
    for await (const chunk of compressed) {
      mac.update(chunk)
      yield chunk
    }
    yield mac.digest()
  }
  await rm(part, { force: true })
  try {
    // On the disk before it has its name.
    await pipeline(Readable.from(joined(lines)), createZstdCompress(), signed, createWriteStream(part, { mode: 0o600, flush: true }))
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

export interface OpenSnapshot {
  header: SnapshotHeader
  lines: () => AsyncGenerator<string, void, undefined>
  close: () => Promise<void>
}

/** @param secretKeys any of which may have signed it @throws {SnapshotRefused} and what the file system refuses */
export async function openSnapshot (file: string, secretKeys: readonly string[]): Promise<OpenSnapshot> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const end = size - signatureBytes
    if (end < magic.length) throw new SnapshotRefused('it is no snapshot')
    await checkSignature(handle, end, secretKeys)
    const { header, length } = await readHeader(handle, end)
    return {
      header,
      lines: () => readLines(decompressed(handle, length, end)),
      close: async () => await handle.close()
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function checkSignature (handle: FileHandle, end: number, secretKeys: readonly string[]): Promise<void> {
  const macs = secretKeys.map(startMac)
  for await (const chunk of handle.createReadStream({ start: 0, end: end - 1, autoClose: false })) {
    for (const mac of macs) mac.update(chunk as Buffer)
  }
  const signature = Buffer.alloc(signatureBytes)
  await handle.read(signature, 0, signatureBytes, end)
  if (!macs.some(mac => timingSafeEqual(mac.digest(), signature))) {
    throw new SnapshotRefused('its signature is not of this installation: it was altered, cut off, or made with another secret key')
  }
}

function decompressed (handle: FileHandle, start: number, end: number): Duplex {
  const decompress = createZstdDecompress()
  // Whatever fails is thrown where it is read.
  pipelineOf(handle.createReadStream({ start, end: end - 1, autoClose: false }), decompress, () => {})
  return decompress
}

async function readHeader (handle: FileHandle, end: number): Promise<{ header: SnapshotHeader, length: number }> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.min(end, maxHeaderBytes)), 0, Math.min(end, maxHeaderBytes), 0)
  const length = buffer.subarray(0, bytesRead).indexOf('\n', magic.length) + 1
  if (buffer.toString('utf8', 0, magic.length) !== magic || length === 0) throw new SnapshotRefused('it is a snapshot of another version')
  return { header: JSON.parse(buffer.toString('utf8', magic.length, length)) as SnapshotHeader, length }
}

function startMac (secretKey: string): Hmac {
  return createHmac('sha256', Buffer.from(hkdfSync('sha256', Buffer.from(secretKey, 'base64url'), '', 'imprun snapshot', 32)))
}

const chunkLength = 64 * 1024

async function * joined (lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const line of lines) {
    chunk += `${line}\n`
    if (chunk.length < chunkLength) continue
    yield chunk
    chunk = ''
  }
  yield chunk
}
