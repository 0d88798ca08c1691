/** Larger than any line of the feed: a function version with its source map is the longest. */
export const maxLineBytes = 64 * 1024 * 1024

/** What was received is not a feed. The text never quotes it: it may hold variables. */
export class FeedMalformed extends Error {
  override readonly name = 'FeedMalformed'
}

const newline = 0x0a

/**
 * The lines of a byte stream, without their ends. What stands after the last newline is a line that was cut off, and is not given out.
 * @throws {FeedMalformed} for a line that is longer than `maxBytes` or not UTF-8
 */
export async function * readLines (stream: AsyncIterable<Buffer>, maxBytes = maxLineBytes): AsyncGenerator<string, void, undefined> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end))
      bytes += end - start
      if (bytes > maxBytes) throw tooLong(maxBytes)
      yield decode(utf8, parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes))
      parts = []
      bytes = 0
      start = end + 1
    }
    if (start === chunk.length) continue
    parts.push(chunk.subarray(start))
    bytes += chunk.length - start
    if (bytes > maxBytes) throw tooLong(maxBytes)
  }
}

function decode (utf8: TextDecoder, line: Buffer): string {
  try {
    return utf8.decode(line)
  } catch (error) {
    throw new FeedMalformed('a line is not UTF-8', { cause: error })
  }
}

function tooLong (maxBytes: number): FeedMalformed {
  return new FeedMalformed(`a line is longer than ${maxBytes} bytes`)
}
