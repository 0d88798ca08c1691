/** What has been started, last first. */
export interface Started {
  add: (close: () => Promise<void>) => void
  /** Each is closed, also where another one could not be. Resolves when all are, those included that somebody else is closing already. */
  close: () => Promise<void>
}

export function createStarted (): Started {
  const started: Array<() => Promise<void>> = []
  let closed = Promise.resolve()
  const closeAll = async (): Promise<void> => {
    const results = await Promise.allSettled(started.splice(0).toReversed().map(async close => await close()))
    for (const result of results) {
      if (result.status === 'fulfilled') continue
      process.stderr.write(`What was started could not be closed: ${result.reason}\n`)
      process.exitCode = 1
    }
  }
  return {
    add: close => { started.push(close) },
    close: async () => {
      const before = closed
      closed = closeAll().then(async () => await before)
      await closed
    }
  }
}
