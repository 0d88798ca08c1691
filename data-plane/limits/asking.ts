/** Questions to the supervisor, which knows what all workers of the machine do. */
export interface Asking<Question, Answer> {
  ask: (question: Question) => Promise<Answer>
  /** To be called with the supervisor's answers. */
  receive: (id: number, answers: readonly Answer[]) => void
  /** Whether this process answers by itself. */
  readonly isAlone: boolean
  /** The supervisor is gone: whatever waits, and every later question, is answered here. */
  close: () => void
}

export interface AskingOptions<Question, Answer> {
  send: (id: number, batch: Question[]) => void
  /** In the supervisor's place, while it is gone or does not answer. */
  answer: (question: Question) => Answer
  /** Answers to questions that have been answered here meanwhile. */
  onLate?: (answers: readonly Answer[]) => void
  /** Between this and twice as long a question waits at the most. */
  patienceMs?: number
}

interface Waiting<Question, Answer> {
  question: Question
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

/** The supervisor has been stopped, or does something long. */
const defaultPatienceMs = 500

/**
 * The questions of one turn of the event loop travel in one message: a busy worker sends few large messages, an idle one does not wait. While
 * the supervisor does not answer, this process answers by itself.
 */
export function createAsking<Question, Answer> ({ send, answer, onLate, patienceMs = defaultPatienceMs }: AskingOptions<Question, Answer>): Asking<Question, Answer> {
  const sent = new Map<number, Array<Waiting<Question, Answer>>>()
  let waiting: Array<Waiting<Question, Answer>> = []
  let lastId = 0
  let isAlone = false
  let closed = false
  let patience: NodeJS.Timeout | null = null

  const flush = (): void => {
    if (waiting.length === 0) return
    const id = ++lastId
    sent.set(id, waiting)
    send(id, waiting.map(({ question }) => question))
    waiting = []
    if (patience === null) watch(id)
  }
  /** One look for many messages. */
  const watch = (id: number): void => {
    // What has come in while this process was busy is read before anything is given up.
    patience = setTimeout(() => setImmediate(() => {
      patience = null
      if (sent.has(id)) answerAlone()
      else if (sent.size > 0) watch(lastId)
    }), patienceMs)
  }
  const answerAlone = (): void => {
    isAlone = true
    for (const { question, resolve } of [...sent.values(), waiting].flat()) resolve(answer(question))
    sent.clear()
    waiting = []
  }

  return {
    get isAlone () { return isAlone },
    ask: question => new Promise((resolve, reject) => {
      if (isAlone) return resolve(answer(question))
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ question, resolve, reject })
    }),
    receive: (id, answers) => {
      // Late as it is: it answers again.
      isAlone = closed
      const answered = sent.get(id)
      if (answered === undefined) return onLate?.(answers)
      sent.delete(id)
      answered.forEach(({ resolve, reject }, index) => {
        if (index < answers.length) resolve(answers[index]!)
        else reject(new AnswerMissing())
      })
    },
    close: () => {
      closed = true
      if (patience !== null) clearTimeout(patience)
      answerAlone()
    }
  }
}

/** The supervisor has answered fewer questions than it was asked. */
export class AnswerMissing extends Error {
  override readonly name = 'AnswerMissing'
  constructor () {
    super('the supervisor, which counts for all workers, has left something out')
  }
}
