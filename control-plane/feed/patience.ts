import { createBell } from '../bell.ts'

/**
 * Waits, and yields every so often meanwhile, so that whoever listens knows that it goes on.
 * @param giveBack what to do with it where nobody is there any more to take it
 * @throws the signal's reason, and what the promise rejects with
 */
export async function * patiently<Value, Sign> (
  promise: Promise<Value>, { everyMs, sign, signal, giveBack }: { everyMs: number, sign: () => Promise<Sign>, signal: AbortSignal, giveBack: (value: Value) => void }
): AsyncGenerator<Sign, Value, undefined> {
  const bell = createBell(signal)
  let isTaken = false
  promise.then(bell.ring, bell.ring)
  try {
    while (!(await bell.wait(everyMs))) yield await sign()
    signal.throwIfAborted()
    isTaken = true
    return await promise
  } finally {
    bell.close()
    if (!isTaken) promise.then(giveBack, () => undefined)
  }
}
