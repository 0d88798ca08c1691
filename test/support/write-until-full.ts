/** Bytes that could be written until nothing moves any more: the next drain does not come while everything else has its turn. */
export async function writeUntilFull (write: (data: Buffer) => boolean, stream: NodeJS.EventEmitter, data = Buffer.alloc(256 * 1024)): Promise<number> {
  let written = 0
  let isDrained = true
  const drained = (): void => { isDrained = true }
  stream.on('drain', drained)
  // Whoever waits for the next drain must not have missed it.
  for (let silent = 0; silent < 200 || (isDrained && written < 2e8); silent++) {
    while (isDrained && written < 2e8) {
      written += data.length
      isDrained = write(data)
      silent = 0
    }
    await new Promise(resolve => setTimeout(resolve, 1))
  }
  stream.off('drain', drained)
  return written
}
