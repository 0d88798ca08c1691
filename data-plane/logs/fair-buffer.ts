import { maxBatchLines, type LogLine } from '#shared/logs.ts'

/** Lines of one environment that were dropped. */
export interface Loss {
  gatewayId: string
  environment: string
  lines: number
}

export interface FairBufferOptions {
  /** What is kept at most; see `sizeOf`. */
  maxSize: number
  /** What is taken at once, about. */
  batchSize: number
}

interface Queue {
  lines: LogLine[]
  size: number
}

/** What a line takes beside its texts. */
const lineSize = 250

/**
 * Lines that wait for being shipped, a queue for each gateway. All of them are taken from in turn, and where there is too much the
 * longest one loses its oldest lines: who logs a lot is in nobody's way but its own.
 */
export class FairBuffer {
  readonly #options: FairBufferOptions
  readonly #queues = new Map<string, Queue>()
  readonly #losses = new Map<string, Loss>()
  #size = 0

  constructor (options: FairBufferOptions) {
    this.#options = options
  }

  get isEmpty (): boolean { return this.#size === 0 && this.#losses.size === 0 }
  /** There is enough for a batch. */
  get isFull (): boolean { return this.#size >= this.#options.batchSize }

  add (line: LogLine): void {
    const queue = this.#queues.get(line.gatewayId) ?? { lines: [], size: 0 }
    this.#queues.set(line.gatewayId, queue)
    queue.lines.push(line)
    this.#count(queue, sizeOf(line))
    if (this.#size > this.#options.maxSize) this.#drop()
  }

  /** Notes lines that could not be shipped. */
  lose ({ gatewayId, environment }: Pick<LogLine, 'gatewayId' | 'environment'>, lines: number): void {
    const key = `${gatewayId}/${environment}`
    const loss = this.#losses.get(key) ?? { gatewayId, environment, lines: 0 }
    loss.lines += lines
    this.#losses.set(key, loss)
  }

  /** Takes out the losses and the oldest lines of every gateway, as much as makes a batch. */
  take (): { lines: LogLine[], losses: Loss[] } {
    const losses = [...this.#losses.values()].slice(0, maxBatchLines)
    for (const { gatewayId, environment } of losses) this.#losses.delete(`${gatewayId}/${environment}`)
    const lines: LogLine[] = []
    const room = { lines: maxBatchLines - losses.length, size: this.#options.batchSize }
    // Whoever is served is put behind the others: the next batch begins with those that this one has not come to.
    for (const [gatewayId, queue] of this.#queues) {
      if (room.lines <= 0 || room.size <= 0) break
      const share = { lines: Math.ceil(room.lines / this.#queues.size), size: Math.ceil(room.size / this.#queues.size) }
      const taken = this.#takeFrom(queue, share)
      room.lines -= taken.length
      for (const line of taken) room.size -= sizeOf(line)
      lines.push(...taken)
      this.#queues.delete(gatewayId)
      if (queue.lines.length > 0) this.#queues.set(gatewayId, queue)
    }
    return { lines, losses }
  }

  /** At least one line, which may be larger than what there is room for. */
  #takeFrom (queue: Queue, share: { lines: number, size: number }): LogLine[] {
    let end = 0
    let size = 0
    while (end < queue.lines.length && end < share.lines && size < share.size) size += sizeOf(queue.lines[end++]!)
    this.#count(queue, -size)
    return queue.lines.splice(0, end)
  }

  /** Half of the longest queue at a time, so that looking for it costs little a line. */
  #drop (): void {
    let longest: Queue | null = null
    for (const queue of this.#queues.values()) if (longest === null || queue.size > longest.size) longest = queue
    if (longest === null) return
    const dropped = this.#takeFrom(longest, { lines: Math.ceil(longest.lines.length / 2), size: Infinity })
    for (const line of dropped) this.lose(line, 1)
  }

  #count (queue: Queue, size: number): void {
    queue.size += size
    this.#size += size
  }
}

/** In UTF-16 units, about. */
function sizeOf ({ message, fields }: LogLine): number {
  return lineSize + message.length + fields.length
}
