import type { RequestListener } from 'node:http'
import { Exchange } from './exchange.ts'
import { EdgeReply, type ErrorHandler } from './reply.ts'
import { EdgeRequest } from './request.ts'
import type { Edge } from './stage.ts'
import { stages } from './stages.ts'
import { readTarget } from './target.ts'

export interface PipelineOptions {
  nextRequestId: () => string
  onError: ErrorHandler
}

/**
 * Takes each request through all stages. Where none of them has to wait, that is one turn of one loop: nothing is queued, and no promise is made.
 * Why Fastify does not do it: docs/decisions/0032.
 */
export function createPipeline (edge: Edge, { nextRequestId, onError }: PipelineOptions): RequestListener {
  const { addressOf, follow } = edge
  const steps = stages.map(stage => stage(edge))

  const run = (request: EdgeRequest, reply: EdgeReply, first: number): void => {
    try {
      for (let index = first; index < steps.length; index++) {
        const goesOn = steps[index]!(request, reply)
        if (goesOn === true) continue
        if (goesOn !== false) void runLater(goesOn, request, reply, index + 1)
        return
      }
    } catch (error) {
      reply.fail(error)
    }
  }
  const runLater = async (deciding: Promise<boolean>, request: EdgeRequest, reply: EdgeReply, next: number): Promise<void> => {
    let goesOn: boolean
    try {
      goesOn = await deciding
    } catch (error) {
      return reply.fail(error)
    }
    if (goesOn) run(request, reply, next)
  }

  return (raw, response) => {
    const exchange = new Exchange(readTarget(raw.url!, raw.rawHeaders), performance.now(), addressOf(raw))
    const request = new EdgeRequest(raw, nextRequestId(), exchange)
    const reply = new EdgeReply(response, request, onError)
    follow(request, reply)
    run(request, reply, 0)
  }
}
