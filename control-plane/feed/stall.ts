/** Calls back where a frame has not been taken for so long. Nothing is read ahead for such a reader, but what it holds, others wait for. */
export async function * watchStall (frames: AsyncIterable<Buffer>, stallMs: number, onStall: () => void): AsyncGenerator<Buffer> {
  for await (const frame of frames) {
    const timer = setTimeout(onStall, stallMs)
    try {
      yield frame
    } finally {
      clearTimeout(timer)
    }
  }
}
