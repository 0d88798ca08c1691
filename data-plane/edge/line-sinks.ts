import { mkdir, open, rename, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { LineSink } from './lines.ts'

/** Appends to a file; one that has grown to `maxBytes` becomes `<file>.1`, where it replaces the one before. */
export function fileSink (file: string, maxBytes: number): LineSink {
  let handle: FileHandle | null = null
  let bytes = 0

  const openFile = async (): Promise<FileHandle> => {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    const opened = await open(file, 'a', 0o600)
    bytes = (await opened.stat()).size
    return opened
  }

  const close = async (): Promise<void> => {
    const opened = handle
    handle = null
    await opened?.close()
  }

  return {
    write: async lines => {
      handle ??= await openFile()
      const data = Buffer.from(lines)
      if (bytes > 0 && bytes + data.length > maxBytes) {
        await close()
        await rename(file, `${file}.1`)
        handle = await openFile()
      }
      await handle.appendFile(data)
      bytes += data.length
    },
    close
  }
}

/** Standard output, say; its lines may mix with those of other processes, but only as whole writes. */
export function streamSink (stream: NodeJS.WritableStream): LineSink {
  return {
    write: lines => new Promise((resolve, reject) => {
      stream.write(lines, error => {
        if (error) reject(error)
        else resolve()
      })
    }),
    close: async () => {}
  }
}
