export interface Timer {
  id: number
  /** On the isolate's monotonic clock, in milliseconds. */
  deadline: number
  callback: (...args: unknown[]) => unknown
  args: unknown[]
  /** 0 for a timeout. */
  intervalMs: number
  /** The call whose code has set it. */
  owner: number
}

interface Entry { timer: Timer, deadline: number, sequence: number }

/** Timers by deadline, then in the order they were set (HTML, section 8.6): a binary heap beside a map by id. */
export class TimerQueue {
  readonly #byId = new Map<number, Entry>()
  #heap: Entry[] = []
  #sequence = 0

  add (timer: Timer): void {
    const entry = { timer, deadline: timer.deadline, sequence: this.#sequence++ }
    this.#byId.set(timer.id, entry)
    this.#rise(entry)
  }

  /** A removed timer stays in the heap until it comes up, or until more than half of the heap is such. */
  remove (id: number): void {
    if (!this.#byId.delete(id)) return
    if (this.#heap.length > 64 && this.#heap.length > this.#byId.size * 2) this.#rebuild()
  }

  first (): Timer | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#isLive(top)) return top.timer
      this.#removeTop()
    }
    return undefined
  }

  #isLive (entry: Entry): boolean {
    return this.#byId.get(entry.timer.id) === entry
  }

  #rebuild (): void {
    const live = this.#heap.filter(entry => this.#isLive(entry))
    // A sorted array is a heap.
    this.#heap = live.sort((a, b) => isBefore(a, b) ? -1 : 1)
  }

  #rise (entry: Entry): void {
    const heap = this.#heap
    let index = heap.length
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex] as Entry
      if (!isBefore(entry, parent)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = entry
  }

  #removeTop (): void {
    const heap = this.#heap
    const entry = heap.pop()
    if (entry === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let childIndex = index * 2 + 1
      let child = heap[childIndex]
      if (child === undefined) break
      const right = heap[childIndex + 1]
      if (right !== undefined && isBefore(right, child)) {
        child = right
        childIndex += 1
      }
      if (!isBefore(child, entry)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = entry
  }
}

function isBefore (a: Entry, b: Entry): boolean {
  return a.deadline === b.deadline ? a.sequence < b.sequence : a.deadline < b.deadline
}
