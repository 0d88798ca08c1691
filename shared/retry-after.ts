const minSeconds = 1
const maxSeconds = 5

/** For `Retry-After`, in whole seconds. Not the same for all: those who are turned away together must not come back together. */
export function retryAfterSeconds (random: () => number = Math.random): string {
  return String(minSeconds + Math.floor(random() * (maxSeconds - minSeconds + 1)))
}
