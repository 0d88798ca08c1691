import type { Context } from '@imprun/types'

/** The environment's variables, checked where they are read: a wrong one is an error with a name, not a price that is `NaN`. */
export interface Settings {
  currency: string
  freeShippingFromCents: number
  orderSecret: string
  paymentSecret: string
}

export function settings ({ env }: Context): Settings {
  const freeShippingFromCents = Number(required(env, 'FREE_SHIPPING_FROM_CENTS'))
  if (!Number.isInteger(freeShippingFromCents)) throw new Error('FREE_SHIPPING_FROM_CENTS is not a whole number')
  return {
    currency: required(env, 'CURRENCY'),
    freeShippingFromCents,
    orderSecret: required(env, 'ORDER_SECRET'),
    paymentSecret: required(env, 'PAYMENT_SECRET')
  }
}

function required (env: Context['env'], name: string): string {
  const value = env[name]
  if (!value) throw new Error(`The variable ${name} is not set in this environment`)
  return value
}
