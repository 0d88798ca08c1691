import { Readable } from 'node:stream'

export interface Collector {
  maxBytes: number
  /** All of it has come. */
  onWhole: (body: Buffer) => void
  /** It has not, or there is too much of it. */
  onLost: () => void
}

/**
 * The same body once more, while it is collected. As long as it is, nobody who reads slowly holds it up: what is read for them is in memory anyway.
 * A reader that leaves ends it only when it is not collected any more.
 */
export function tee (body: Readable, { maxBytes, onWhole, onLost }: Collector): Readable {
  let chunks: Buffer[] | null = []
  let bytes = 0
  const lose = (): void => {
    if (chunks === null) return
    chunks = null
    onLost()
  }
  const out = new Readable({
    read: () => { body.resume() },
    destroy: (error, done) => {
      if (chunks === null) body.destroy()
      else body.resume()
      done(error)
    }
  })
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) lose()
    else chunks?.push(chunk)
    if (out.destroyed) {
      if (chunks === null) body.destroy()
    } else if (!out.push(chunk) && chunks === null) body.pause()
  })
  body.on('end', () => {
    // A copy: parts of what was received keep all of it in memory.
    if (chunks !== null) onWhole(concat(chunks, bytes))
    chunks = null
    if (!out.destroyed) out.push(null)
  })
  body.on('error', error => {
    lose()
    out.destroy(error)
  })
  body.on('close', () => {
    lose()
    if (!body.readableEnded) out.destroy()
  })
  return out
}

function concat (chunks: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(bytes)
  let at = 0
  for (const chunk of chunks) at += chunk.copy(whole, at)
  return whole
}
