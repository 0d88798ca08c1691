import { kvFailed, type KvAnswer, type KvOperation, type KvRequest } from '#shared/kv.ts'
import type { Logger } from '#shared/log.ts'
import type { FunctionKv } from '../functions/runner.ts'
import { UplinkError, type Uplink } from '../uplink.ts'
import { Lanes, type Waiting } from './lanes.ts'

export interface KvClientOptions {
  uplink: Pick<Uplink, 'post'>
  logger: Logger
}

/** Requests to the control plane at a time. */
const maxPosts = 4
const timeoutMs = 5_000

/**
 * Asks the control plane: what comes together in one turn of the event loop, in one request. Nothing is kept here, and nothing asked twice, for
 * what was sent may have been done.
 */
export class KvClient implements FunctionKv {
  readonly #uplink: KvClientOptions['uplink']
  readonly #logger: Logger
  readonly #lanes = new Lanes()
  #posts = 0
  #isScheduled = false
  #isAway = false

  constructor ({ uplink, logger }: KvClientOptions) {
    this.#uplink = uplink
    this.#logger = logger
  }

  async run ({ gatewayId, environment, operation }: KvRequest): Promise<KvAnswer> {
    return await new Promise<KvAnswer>(settle => {
      if (!this.#lanes.add({ request: { gatewayId, environment, operation }, units: unitsOf(operation), settle })) settle(overloaded)
      else this.#schedule()
    })
  }

  #schedule (): void {
    if (this.#isScheduled || !this.#lanes.isReady) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      while (this.#posts < maxPosts && this.#lanes.isReady) void this.#carryOut(this.#lanes.take())
    })
  }

  async #carryOut (batch: Waiting[]): Promise<void> {
    this.#posts++
    const answers = await this.#ask(batch)
    this.#posts--
    this.#lanes.giveBack(batch, answers.length)
    for (const [index, answer] of answers.entries()) batch[index]!.settle(answer)
    this.#schedule()
  }

  async #ask (batch: Waiting[]): Promise<KvAnswer[]> {
    try {
      const answers = readAnswers(await this.#uplink.post('/kv', { requests: batch.map(({ request }) => request) }, { timeoutMs }), batch.length)
      this.#hear(null)
      return answers
    } catch (error) {
      if (!(error instanceof UplinkError)) throw error
      this.#hear(error)
      return batch.map(() => unavailable)
    }
  }

  /** Says it once, however many meet it. */
  #hear (error: UplinkError | null): void {
    if (this.#isAway === (error !== null)) return
    this.#isAway = error !== null
    if (error === null) this.#logger.info('key-value stores are back')
    else this.#logger.warn({ err: error }, 'key-value stores cannot be reached')
  }
}

const unavailable = kvFailed('kv_unavailable', 'The key-value store cannot be reached; whether the operation was carried out is not known.')
const overloaded = kvFailed('kv_unavailable', 'Too many operations wait for the key-value store.')

function unitsOf (operation: KvOperation): number {
  const own = 'key' in operation ? operation.key.length : operation.prefix.length
  return 200 + own + ('value' in operation ? operation.value.length : 0)
}

/** @throws {UplinkError} for what no control plane answers */
function readAnswers (body: unknown, asked: number): KvAnswer[] {
  const answers = typeof body === 'object' && body !== null && 'answers' in body ? body.answers : null
  if (Array.isArray(answers) && answers.length > 0 && answers.length <= asked && answers.every(isAnswer)) return answers
  throw new UplinkError('unreachable', 'what answered is no control plane')
}

function isAnswer (value: unknown): value is KvAnswer {
  return typeof value === 'object' && value !== null && 'result' in value && 'error' in value
}
