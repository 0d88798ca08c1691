import { systemClock, type Clock } from '#shared/clock.ts'

/** A nonce that was used, as it is remembered. */
export interface NonceUse {
  /** The environment, as logs call it. */
  place: string
  /** Of the key and its nonce: the same for the same two. */
  digest: string
  /** When the signature says that it was made, in milliseconds since the epoch. */
  madeAt: number
  /** How long it has to be remembered: until its signature is too old. */
  keptMs: number
}

/** `forgotten`: it may have been used, and nobody can know: it is of before the first one that is remembered. */
export type NonceVerdict = 'fresh' | 'seen' | 'forgotten'

/** What signatures of this machine have used. */
export interface NonceStore {
  /** Says `fresh` once for each. */
  use: (use: NonceUse) => NonceVerdict
}

interface Place {
  /** In the order in which they came. */
  nonces: Map<string, { madeAt: number, until: number }>
  /** Whoever was made then or before may be one that has been forgotten. */
  forgottenUntil: number
  /** When the last of all signatures that it ever knew is too old. */
  until: number
}

/**
 * Memory is bounded, and nothing is accepted twice for that: where there is no room, the oldest of the environment that has most are forgotten,
 * and what was made before them is not accepted there any more. The same holds for what was made before the store was.
 * @param max of all environments together; about 150 bytes each
 */
export function createNonceStore ({ clock = systemClock, max = 400_000 }: { clock?: Clock, max?: number } = {}): NonceStore {
  const startedAt = clock.now()
  const places = new Map<string, Place>()
  let size = 0
  const placeOf = (name: string): Place => {
    const place = places.get(name) ?? { nonces: new Map(), forgottenUntil: startedAt, until: 0 }
    places.set(name, place)
    return place
  }
  const dropExpired = ({ nonces }: Place, now: number): void => {
    for (const [digest, { until }] of nonces) {
      if (until > now) return
      nonces.delete(digest)
      size--
    }
  }
  const makeRoom = (now: number): void => {
    for (const [name, place] of places) {
      dropExpired(place, now)
      if (place.until <= now) places.delete(name)
    }
    if (size < max) return
    const largest = [...places.values()].reduce((most, place) => place.nonces.size > most.nonces.size ? place : most)
    // A tenth at once: looking for the largest is not for each request.
    let left = Math.ceil(largest.nonces.size / 10)
    for (const [digest, { madeAt }] of largest.nonces) {
      if (left-- === 0) return
      largest.nonces.delete(digest)
      largest.forgottenUntil = Math.max(largest.forgottenUntil, madeAt)
      size--
    }
  }
  return {
    use: ({ place: name, digest, madeAt, keptMs }) => {
      const now = clock.now()
      if (size >= max) makeRoom(now)
      const place = placeOf(name)
      dropExpired(place, now)
      if (place.nonces.has(digest)) return 'seen'
      if (madeAt <= place.forgottenUntil) return 'forgotten'
      place.nonces.set(digest, { madeAt, until: now + keptMs })
      place.until = Math.max(place.until, now + keptMs)
      size++
      return 'fresh'
    }
  }
}
