import { randomBytes } from 'node:crypto'
import { sign } from '../functions/shared/signing.ts'
import { gatewayId } from '../definition.ts'
import { admin } from '../target.ts'
import type { Driver } from './driver.ts'

const items = [{ isbn: '9780000400284', quantity: 2 }, { isbn: '9780000800565', quantity: 5 }]

export async function driveOrders (driver: Driver): Promise<void> {
  await driveMistakes(driver)
  // 2 × 11.90, and 5 × 8.90 less a tenth for five of one title; dev asks nothing for shipping.
  const placed = await driver.expect('an order', { method: 'POST', path: '/orders', body: { country: 'NL', items } }, {
    status: 201,
    headers: { location: /^\/orders\/[\w-]+\.[0-9a-f]{64}$/ },
    body: { status: 'open', channel: 'Mobile', itemsCents: 6385, shippingCents: 0, totalCents: 6385, items: [{ id: 1, totalCents: 2380 }, { id: 2, discountCents: 445 }] }
  })
  const order = `/orders/${String(placed.body.id)}`
  await driver.expect('the order again', { path: order }, { status: 200, body: { id: placed.body.id, number: placed.body.number, totalCents: 6385 } })
  await driver.expect('the dashboard sees it, too', { path: order, as: 'Dashboard' }, { status: 200, body: { channel: 'Mobile' } })
  await driver.expect('an id that somebody has changed', { path: order.replace(/.$/, last => last === '0' ? '1' : '0') }, { status: 404, body: { code: 'order_unknown' } })
  await driver.expect('an item', { path: `${order}/items/2` }, { status: 200, body: { title: 'Poems', quantity: 5, available: true } })
  await driver.expect('no such item', { path: `${order}/items/3` }, { status: 404, body: { code: 'item_unknown' } })

  const changed = await driver.expect('another quantity', { method: 'PATCH', path: `${order}/items/2`, body: { quantity: 1 } }, {
    status: 200, body: { number: placed.body.number, totalCents: 2380 + 890, items: [{ id: 1 }, { id: 2, quantity: 1, discountCents: 0 }] }
  })
  const changedOrder = `/orders/${String(changed.body.id)}`
  await driver.expect('the payment provider changes nothing', { method: 'PATCH', path: `${order}/items/2`, as: 'Payments', body: { quantity: 1 } }, { status: 403 })
  await driver.expect('a quantity that is none', { method: 'PATCH', path: `${order}/items/2`, body: { quantity: 'many' } }, { status: 422, body: { errors: [{ pointer: '/quantity' }] } })
  const shorter = await driver.expect('one item less', { method: 'DELETE', path: `${changedOrder}/items/1` }, { status: 200, body: { totalCents: 890, items: [{ id: 2 }] } })
  await driver.expect('the last item stays', { method: 'DELETE', path: `/orders/${String(shorter.body.id)}/items/2` }, { status: 409, body: { code: 'last_item' } })
  await driver.expect('cancelled, nothing was paid', { method: 'DELETE', path: changedOrder }, { status: 200, body: { status: 'cancelled', refundCents: 0 } })
  await drivePayment(driver, String(placed.body.id))
}

async function driveMistakes (driver: Driver): Promise<void> {
  await driver.expect('every mistake of an order at once', {
    method: 'POST', path: '/orders', body: { country: 'Narnia', items: [{ isbn: '123', quantity: 0 }, { isbn: '9780000000002', quantity: 1, gift: true }], note: '' }
  }, {
    status: 422,
    body: { errors: [
      { pointer: '/note', detail: 'is not known' },
      { pointer: '/country', detail: 'must be one of NL, DE, BE, FR' },
      { pointer: '/items/0/isbn', detail: 'must be the 13 digits of an ISBN' },
      { pointer: '/items/0/quantity', detail: 'must be a whole number from 1 to 50' },
      { pointer: '/items/1/gift', detail: 'is not known' },
      { pointer: '/items/1/isbn', detail: 'is not in the catalogue' }
    ] }
  })
  await driver.expect('an order that is no JSON', { method: 'POST', path: '/orders', body: '{"country":' }, { status: 400, body: { code: 'body_invalid' } })
  await driver.expect('an order from the wrong app', { method: 'POST', path: '/orders', as: 'Payments', body: { country: 'NL', items } }, { status: 403 })
}

async function drivePayment (driver: Driver, orderId: string): Promise<void> {
  // The provider's half of the secret cannot be read again, so dev gets a new one that is known here.
  const secret = randomBytes(32).toString('hex')
  await admin(driver.target, 'PUT', `/api-gateways/${gatewayId}/environments/dev/variables/PAYMENT_SECRET`, { value: secret, secret: true })
  const signed = async (body: string, key = secret): Promise<{ 'x-payment-signature': string }> => {
    const time = Math.floor(Date.now() / 1000)
    return { 'x-payment-signature': `t=${time},v1=${await sign(`${time}.${body}`, key)}` }
  }
  const body = JSON.stringify({ orderId, paidCents: 6385 })
  const webhook = { method: 'POST', path: '/webhooks/payments', as: 'Payments', body } as const
  await driver.expect('a payment with a wrong signature', { ...webhook, headers: await signed(body, 'guessed') }, { status: 401, body: { code: 'signature_invalid' } })
  await driver.expect('a payment from the wrong app', { ...webhook, as: 'Mobile', headers: await signed(body) }, { status: 403 })
  const tooLittle = JSON.stringify({ orderId, paidCents: 1 })
  const partial = { ...webhook, body: tooLittle, headers: await signed(tooLittle) }
  await driver.until('the new secret holds', partial, ({ status }) => status !== 401)
  await driver.expect('a payment of too little', partial, { status: 409, body: { code: 'amount_differs' } })
  const paid = await driver.expect('a payment', { ...webhook, headers: await signed(body) }, { status: 200, body: { status: 'paid', totalCents: 6385 } })
  const order = `/orders/${String(paid.body.id)}`
  await driver.expect('a paid order is closed', { method: 'PATCH', path: `${order}/items/1`, body: { quantity: 1 } }, { status: 409, body: { code: 'order_closed' } })
  await driver.expect('the mobile app cannot cancel it', { method: 'DELETE', path: order }, { status: 403 })
  await driver.expect('the dashboard can', { method: 'DELETE', path: order, as: 'Dashboard' }, { status: 200, body: { status: 'cancelled', refundCents: 6385 } })
}
