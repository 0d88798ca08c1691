import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import pacote from 'pacote'
import type { LockedPackage } from '../../store/documents.ts'
import type { PackageLimits } from '../messages.ts'
import { Refused } from './refusal.ts'
import type { RegistryOptions } from './registry.ts'
import { readCode } from './tarball.ts'

export interface UnpackOptions { folder: string, registry: RegistryOptions, limits: PackageLimits }

const maxAtOnce = 4
/** Documents, maps and types are often more than the code. They are in memory for a moment, and never on the disk. */
const tarballFactor = 4
const inflate = promisify(gunzip)

/**
 * Brings the packages into the folder: files that hold code and nothing else, each below its package. Their integrity has been checked
 * when this resolves, and nothing of them has been run.
 * @returns the files, relative to the folder
 */
export async function unpackAll (locked: LockedPackage[], { folder, registry, limits }: UnpackOptions): Promise<string[]> {
  const files: string[] = []
  const next = locked.values()
  let leftBytes = limits.unpackedBytes
  const work = async (): Promise<void> => {
    for (const item of next) {
      if (!isPackagePath(item.path)) throw new Refused(`${item.name}@${item.version} cannot stand at ${item.path}.`)
      for (const { file, content } of await readCode(idOf(item), await fetchTar(item, registry, limits.unpackedBytes))) {
        leftBytes -= content.length
        if (leftBytes < 0) throw new Refused(`The packages have more than ${limits.unpackedBytes} bytes of code together.`)
        files.push(await write(item, folder, file, content))
      }
    }
  }
  await Promise.all(Array.from({ length: maxAtOnce }, work))
  return files.sort()
}

function idOf ({ name, version }: LockedPackage): string {
  return `${name}@${version}`
}

async function fetchTar (item: LockedPackage, registry: RegistryOptions, maxBytes: number): Promise<Buffer> {
  const id = idOf(item)
  const tooLarge = (): Refused => new Refused(`${id} is larger than ${maxBytes * tarballFactor} bytes.`)
  const collect = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of stream) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
  const packed = await pacote.tarball.stream(id, collect, { ...registry, integrity: item.integrity }).catch((error: unknown) => {
    // The libraries do not always say whose tarball it was.
    throw error instanceof Error ? Object.assign(error, { package: id }) : error
  })
  return await inflate(packed, { maxOutputLength: maxBytes * tarballFactor }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : new Refused(`${id} cannot be unpacked (${error.code}).`)
  })
}

/** As npm lays packages out. The lock was made by this program; that it leads nowhere else is not left to that alone. */
function isPackagePath (text: string): boolean {
  return /^node_modules\/(?:@[\w.~-]+\/)?[\w.~-]+(?:\/node_modules\/(?:@[\w.~-]+\/)?[\w.~-]+)*$/.test(text) && !/(?:^|\/)\.\.?(?:\/|$)/.test(text)
}

async function write (item: LockedPackage, folder: string, file: string, content: Buffer): Promise<string> {
  const target = path.join(folder, item.path, file)
  try {
    await mkdir(path.dirname(target), { recursive: true })
    await writeFile(target, content)
  } catch (error) {
    // A file where a folder is to be, or a name that is too long: the package cannot be laid out.
    const { code } = error as NodeJS.ErrnoException
    if (!['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EILSEQ'].includes(code ?? '')) throw error
    throw new Refused(`${idOf(item)} cannot be unpacked (${code}).`)
  }
  return path.posix.join(item.path, file)
}
