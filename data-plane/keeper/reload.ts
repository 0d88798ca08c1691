import { call } from './control.ts'
import type { ReloadOutcome } from './succession.ts'

/** @param socket of the keeper. @throws where nobody listens there, or it ends meanwhile */
export async function askForReload (socket: string): Promise<ReloadOutcome> {
  const line = await call(socket)
  const answer = await line.ask({ type: 'reload' })
  line.hangUp()
  switch (answer.type) {
    case 'reloaded': return answer.outcome
    case 'refused': throw new Error(answer.reason)
    case 'taken':
    case 'moved': throw new Error('the data plane answered another order')
  }
}
