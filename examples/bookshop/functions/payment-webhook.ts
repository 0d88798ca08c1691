import type { Context } from '@imprun/types'
import { closedProblem, readOrder } from './shared/orders.ts'
import { presentOrder } from './shared/pricing.ts'
import { invalid, problem } from './shared/problem.ts'
import { forbidden, may } from './shared/rights.ts'
import { settings } from './shared/settings.ts'
import { isSignature } from './shared/signing.ts'
import { Fields } from './shared/validation.ts'

const toleranceSeconds = 300

/**
 * POST /webhooks/payments {orderId, paidCents}, with `x-payment-signature: t=<Unix seconds>,v1=<HMAC-SHA-256 of "t.body">`.
 * The key says that it is the payment provider's app; the signature says that this very body is the provider's, and recent.
 */
export default async function (ctx: Context) {
  if (!may(ctx, 'payments:report')) return forbidden(ctx, 'payments:report')
  const body = await ctx.request.text()
  const [, time = '', signature = ''] = /^t=(\d{10}),v1=([0-9a-f]{64})$/.exec(String(ctx.headers['x-payment-signature'])) ?? []
  const isRecent = Math.abs(Date.now() / 1000 - Number(time)) <= toleranceSeconds
  if (!isRecent || !await isSignature(signature, `${time}.${body}`, settings(ctx).paymentSecret)) {
    return problem(401, 'signature_invalid', 'The signature does not belong to this body, or is too old.')
  }
  const fields = new Fields(ctx.body).only('orderId', 'paidCents')
  const id = fields.text('orderId', /^[\w-]+\.[0-9a-f]{64}$/, 'must be the id of an order')
  const paidCents = fields.integer('paidCents', 1, 100_000_000)
  if (fields.errors.length > 0) return invalid(fields.errors)
  const found = await readOrder(ctx, id)
  if ('refusal' in found) return found.refusal
  if (found.order.status !== 'open') return closedProblem(found.order)
  const { totalCents } = await presentOrder(ctx, found.order)
  if (paidCents !== totalCents) return problem(409, 'amount_differs', `The order costs ${totalCents} cents.`)
  return await presentOrder(ctx, { ...found.order, status: 'paid' })
}
