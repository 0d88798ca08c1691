import type { RuntimeHost, WebRuntimeHandle } from '../../runtime/scope.ts'
import { now } from './primordials.ts'

export type WebHost = Omit<RuntimeHost, 'setTimer' | 'clearTimer'>

/** The web-standard globals as the harness uses them. */
export interface Web extends Omit<WebRuntimeHandle, 'fireTimer'> {
  /** Milliseconds until `wake` is due; -1: nothing waits. */
  alarm: () => number
  wake: () => void
}

/**
 * Lays the lazy globals into the context. Timers need nothing of the process but one alarm, and log lines leave with the outbox, so
 * neither of them crosses the border by itself.
 */
export function connectWeb (host: WebHost, install: (host: RuntimeHost) => WebRuntimeHandle): Web {
  let timer = 0
  let due = -1
  const { fireTimer, ...handle } = install({
    ...host,
    setTimer: (id, delayMs) => {
      timer = id
      due = now() + delayMs
    },
    clearTimer: id => {
      if (id === timer) due = -1
    }
  })
  return {
    ...handle,
    isResponse: value => {
      try {
        return handle.isResponse(value)
      } catch {
        // The globals lean on built-ins that tenant code may have broken; a function that did has no responses.
        return false
      }
    },
    alarm: () => due === -1 ? -1 : due > now() ? due - now() : 0,
    wake: () => {
      if (due === -1 || due > now()) return
      due = -1
      if (fireTimer(timer)) due = now()
    }
  }
}
