/** Of places; twice as many as there are entries, at the least, or looking for one would take long. */
const leastCapacity = 16
/** Knuth, The Art of Computer Programming, volume 3, section 6.4: what is next to each other as numbers is far apart as places. */
const golden = 0x9e3779b1

/**
 * A `Map` by numbers, for what comes and goes with each request. V8's own makes a new table every so many entries, and has the one before refer to it,
 * for the sake of iterators: once one of them is in the old generation, all that come later, and so all requests that were in any of them, outlive
 * every quick collection (see decision 33). This one has no order.
 */
export class NumberMap<Value extends object> {
  #keys = new Uint32Array(leastCapacity)
  #values = emptyPlaces<Value>(leastCapacity)
  #size = 0

  get size (): number {
    return this.#size
  }

  /** @param key a whole number below 2^32 */
  get (key: number): Value | null {
    return this.#values[this.#placeOf(key)]!
  }

  set (key: number, value: Value): void {
    let place = this.#placeOf(key)
    if (this.#values[place] === null) {
      if (2 * (this.#size + 1) > this.#values.length) {
        this.#grow()
        place = this.#placeOf(key)
      }
      this.#size++
      this.#keys[place] = key
    }
    this.#values[place] = value
  }

  /** @returns whether it was there */
  delete (key: number): boolean {
    let empty = this.#placeOf(key)
    if (this.#values[empty] === null) return false
    this.#size--
    // What stands behind it moves up, where it would not be found any more.
    for (let place = this.#next(empty); this.#values[place] !== null; place = this.#next(place)) {
      if (this.#distance(this.#home(this.#keys[place]!), place) < this.#distance(empty, place)) continue
      this.#keys[empty] = this.#keys[place]!
      this.#values[empty] = this.#values[place]!
      empty = place
    }
    this.#values[empty] = null
    return true
  }

  clear (): void {
    this.#values.fill(null)
    this.#size = 0
  }

  /** As they are now, in no order. */
  values (): Value[] {
    return this.#values.filter(value => value !== null)
  }

  /** Where it is, or would be. */
  #placeOf (key: number): number {
    let place = this.#home(key)
    while (this.#values[place] !== null && this.#keys[place] !== key) place = this.#next(place)
    return place
  }

  #home (key: number): number {
    return (Math.imul(key, golden) >>> 12) & (this.#values.length - 1)
  }

  #next (place: number): number {
    return (place + 1) & (this.#values.length - 1)
  }

  #distance (from: number, to: number): number {
    return (to - from) & (this.#values.length - 1)
  }

  #grow (): void {
    const [keys, values] = [this.#keys, this.#values]
    this.#keys = new Uint32Array(2 * keys.length)
    this.#values = emptyPlaces<Value>(2 * keys.length)
    for (let place = 0; place < values.length; place++) {
      if (values[place] === null) continue
      const to = this.#placeOf(keys[place]!)
      this.#keys[to] = keys[place]!
      this.#values[to] = values[place]!
    }
  }
}

function emptyPlaces<Value> (count: number): Array<Value | null> {
  return Array.from({ length: count }, () => null)
}
