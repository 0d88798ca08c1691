/** Lines for a log, written together. */
export interface LineWriter {
  /** A line with its line feed. Never waits: lines are kept in memory until they are written. */
  write: (line: string) => void
  /** Resolves when everything has been written. */
  close: () => Promise<void>
}

/** Where lines go. `write` resolves when it may be called again; it is never called twice at once. */
export interface LineSink {
  write: (lines: string) => Promise<void>
  close: () => Promise<void>
}

export interface LineWriterOptions {
  sink: LineSink
  /** Called with the first error of a series; the lines are lost, and the next ones are tried. */
  onError: (error: unknown) => void
  flushMs?: number
  flushBytes?: number
  /** More than this waiting means that the sink is slower than the traffic: lines are dropped, and a line says how many. */
  maxWaitingBytes?: number
}

export function createLineWriter (options: LineWriterOptions): LineWriter {
  const { sink, onError, flushMs = 200, flushBytes = 65_536, maxWaitingBytes = 8_388_608 } = options
  let waiting = ''
  let dropped = 0
  let failing = false
  let writing: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null

  const writeAll = async (): Promise<void> => {
    while (waiting !== '') {
      const lines = dropped === 0 ? waiting : `${waiting}${JSON.stringify({ time: new Date().toISOString(), dropped })}\n`
      waiting = ''
      dropped = 0
      try {
        await sink.write(lines)
        failing = false
      } catch (error) {
        if (!failing) onError(error)
        failing = true
      }
    }
  }

  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    writing ??= writeAll().finally(() => { writing = null })
    return writing
  }

  return {
    write: line => {
      if (waiting.length >= maxWaitingBytes) {
        dropped++
        return
      }
      waiting += line
      if (waiting.length >= flushBytes) void flush()
      else timer ??= setTimeout(() => { void flush() }, flushMs).unref()
    },
    close: async () => {
      await flush()
      await sink.close()
    }
  }
}
