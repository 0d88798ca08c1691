import { inspect, maxMessageLength } from './inspect.ts'
import { scope } from './scope.ts'

const prefix = 'Uncaught '

/** HTML, "report an exception": what was thrown where no caller is left to catch it goes to the function's log. */
export function reportException (error: unknown): void {
  scope.host.log('error', `${prefix}${inspect(error, maxMessageLength - prefix.length)}`)
}
