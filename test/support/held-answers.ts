import type { FunctionCall, FunctionResult } from '../../data-plane/functions/runner.ts'

export interface HeldAnswers {
  /** Of a function, with the number of the call as its text; the first one waits. */
  answer: (call: FunctionCall, number: number) => Promise<FunctionResult>
  /** The first call is there. */
  asked: Promise<void>
  goOn: () => void
}

/** What happens while an answer is on its way. */
export function holdFirst (headers: Record<string, string>): HeldAnswers {
  const { promise: asked, resolve } = Promise.withResolvers<void>()
  const { promise: answered, resolve: goOn } = Promise.withResolvers<void>()
  return {
    asked,
    goOn,
    answer: async (_call, number) => {
      if (number === 1) {
        resolve()
        await answered
      }
      return { status: 200, headers: Object.entries(headers), body: String(number) }
    }
  }
}
