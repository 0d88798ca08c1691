import { mkdir, open, rename, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { createRecorder, noRecorder, type LineSink, type Recorder } from './record.ts'

export interface AccessLogOptions {
  to: 'file' | 'stdout' | 'off'
  dataDir: string
  /** Names the file: each worker writes its own. */
  worker: string
  onError: (error: unknown) => void
}

/** At most twice this is on the disk for each worker: the file, and the one before. */
const maxFileBytes = 64 * 1024 * 1024

export function openAccessLog ({ to, dataDir, worker, onError }: AccessLogOptions): Recorder {
  switch (to) {
    case 'off': return noRecorder
    case 'stdout': return createRecorder({ sink: streamSink(process.stdout), onError })
    case 'file': return createRecorder({ sink: fileSink(path.join(dataDir, 'logs', `access-${worker}.ndjson`), maxFileBytes), onError })
  }
}

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

function streamSink (stream: NodeJS.WritableStream): LineSink {
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
