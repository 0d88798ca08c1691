import { pipeline, type Readable } from 'node:stream'
import type { AnswerHead, BodyChange } from '#shared/policies/policy.ts'
import { shownRequest } from './shown-request.ts'
import type { EdgeRequest } from '../edge/request.ts'

/** Whether answers are to be handed over as a whole or as streams, for policies that see their bodies. */
export function changesBodies ({ exchange: { layer } }: EdgeRequest): boolean {
  return layer!.policies.answerBody.length > 0
}

/** The head becomes that of the changed body. A promise only where a policy takes its time. */
export function changeWhole (request: EdgeRequest, head: AnswerHead, body: Buffer, from = 0): Buffer | Promise<Buffer> {
  const { answerBody: steps } = request.exchange.layer!.policies
  let changed = body
  for (let index = from; index < steps.length; index++) {
    const next = steps[index]!(head, shownRequest(request), changed.length)?.whole(changed) ?? changed
    if (next instanceof Promise) return changeOn(request, head, next, index + 1)
    changed = next
  }
  return changed
}

async function changeOn (request: EdgeRequest, head: AnswerHead, changing: Promise<Buffer>, from: number): Promise<Buffer> {
  return await changeWhole(request, head, await changing, from)
}

/** @param bytes of the body; `null`: nobody knows yet @returns the same stream where nothing changes it */
export function changeStream (request: EdgeRequest, head: AnswerHead, body: Readable, bytes: number | null): Readable {
  const [first, ...others] = changeHead(request, head, bytes).map(change => change.stream())
  if (first === undefined) return body
  // What becomes of one becomes of all; who reads the last hears of it.
  pipeline([body, first, ...others], () => undefined)
  return others.at(-1) ?? first
}

/** Where there is no body, or it cannot be waited for. */
export function changeHead (request: EdgeRequest, head: AnswerHead, bytes: number | null): BodyChange[] {
  const changes: BodyChange[] = []
  for (const step of request.exchange.layer!.policies.answerBody) {
    const change = step(head, shownRequest(request), changes.length === 0 ? bytes : null)
    if (change !== null) changes.push(change)
  }
  return changes
}
