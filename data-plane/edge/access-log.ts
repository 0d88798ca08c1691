import path from 'node:path'
import { fileSink, streamSink } from './line-sinks.ts'
import { createLineWriter } from './lines.ts'
import { createRecorder, noRecorder, type Recorder } from './record.ts'

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
    case 'stdout': return createRecorder(createLineWriter({ sink: streamSink(process.stdout), onError }))
    case 'file': {
      const sink = fileSink(path.join(dataDir, 'logs', `access-${worker}.ndjson`), maxFileBytes)
      return createRecorder(createLineWriter({ sink, onError }))
    }
  }
}
