import { functions } from '../definition.ts'
import { promote, putFunction, readFunctionFiles } from '../setup.ts'
import type { Driver } from './driver.ts'

const createOrder = functions.find(fn => fn.name === 'create-order')!
const pricing = 'shared/pricing.ts'

/** Five books at 8.90: 44.50 less 10 %, or less 20 % after the change. */
const order = { method: 'POST', path: '/orders', body: { country: 'NL', items: [{ isbn: '9780000800565', quantity: 5 }] } } as const
const before = 4450 - 445
const after = 4450 - 890

/** A larger discount, first in dev, then in prod; and back, so that the next run begins where this one has. */
export async function drivePromotion (driver: Driver): Promise<void> {
  const { target } = driver
  const files = await readFunctionFiles()
  const changed = { ...files, [pricing]: files[pricing]!.replace('bulkDiscountPercent = 10', 'bulkDiscountPercent = 20') }
  if (changed[pricing] === files[pricing]) throw new Error(`${pricing} no longer has the line that is to be changed`)
  const inProd = { ...order, environment: 'prod' } as const

  await driver.expect('the discount in dev', order, { status: 201, body: { itemsCents: before, shippingCents: 0 } })
  await driver.expect('and in prod, which asks for shipping', inProd, { status: 201, body: { itemsCents: before, shippingCents: 355 } })
  await putFunction(target, createOrder, changed)
  await driver.until('dev has the change', order, ({ body }) => body.itemsCents === after)
  await driver.expect('the change is in dev', order, { status: 201, body: { itemsCents: after } })
  await driver.expect('prod does not have it before it is promoted', inProd, { status: 201, body: { itemsCents: before } })
  await promote(target, 'A larger discount')
  await driver.until('prod has the change', inProd, ({ body }) => body.itemsCents === after)
  await driver.expect('then it has', inProd, { status: 201, body: { itemsCents: after } })

  await putFunction(target, createOrder, files)
  await promote(target, 'The discount as it was')
  await driver.until('prod is back', inProd, ({ body }) => body.itemsCents === before)
  await driver.expect('and back', inProd, { status: 201, body: { itemsCents: before } })
}
