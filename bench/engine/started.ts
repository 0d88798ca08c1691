/** What has been started, last first. */
export interface Started {
  add: (close: () => Promise<void>) => void
  /** Each is closed, also where another one could not be. */
  close: () => Promise<void>
}

export function createStarted (): Started {
  const closing: Array<() => Promise<void>> = []
  return {
    add: close => { closing.push(close) },
    close: async () => {
      const results = await Promise.allSettled(closing.splice(0).toReversed().map(async close => await close()))
      for (const result of results) {
        if (result.status === 'fulfilled') continue
        process.stderr.write(`What was started could not be closed: ${result.reason}\n`)
        process.exitCode = 1
      }
    }
  }
}
