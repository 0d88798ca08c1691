import type { Readable } from 'node:stream'
import { Problem } from '#shared/errors.ts'

/**
 * Hands over what a function streams, until it ends or `onChunk` wants no more.
 * @throws {Problem} `function_timeout` where it takes longer than `timeoutMs`, and what the stream fails with
 */
export async function readStream (body: Readable, timeoutMs: number, onChunk: (chunk: Buffer) => boolean): Promise<void> {
  const timer = setTimeout(() => body.destroy(new Problem('function_timeout', 'The response did not end in time.')), Math.max(0, timeoutMs))
  try {
    for await (const chunk of body) if (!onChunk(chunk as Buffer)) return
  } finally {
    clearTimeout(timer)
  }
}
