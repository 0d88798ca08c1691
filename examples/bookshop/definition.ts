/** What the bookshop is made of; `setup.ts` brings a platform to this state. */
export const gatewayId = 'bookshop'
export const gatewayName = 'Bookshop'

/** Every file of `functions/` is sent along with each of them; only what is imported ends up in the bundle. */
export const functions = [
  { name: 'list-books', methods: ['GET'], path: '/books' },
  { name: 'get-book', methods: ['GET'], path: '/books/:isbn' },
  { name: 'search-books', methods: ['GET'], path: '/search' },
  { name: 'create-order', methods: ['POST'], path: '/orders' },
  { name: 'get-order', methods: ['GET'], path: '/orders/:orderId' },
  { name: 'cancel-order', methods: ['DELETE'], path: '/orders/:orderId' },
  { name: 'get-item', methods: ['GET'], path: '/orders/:orderId/items/:itemId' },
  { name: 'change-item', methods: ['PATCH', 'DELETE'], path: '/orders/:orderId/items/:itemId' },
  { name: 'stock-report', methods: ['GET'], path: '/reports/stock' },
  { name: 'payment-webhook', methods: ['POST'], path: '/webhooks/payments' }
] as const

/** The names decide what the apps may do: see `functions/shared/rights.ts`. */
export const clients = ['Mobile', 'Dashboard', 'Payments'] as const
export type ClientName = typeof clients[number]

export const dashboardOrigin = 'https://dashboard.bookshop.example'
/** Where the dashboard's developer has it on her own machine: known to dev, to no other environment. */
export const developmentOrigin = 'http://localhost:5173'

/** Few enough to be reached by hand. */
export const stagingLimit = 20

/** Made at random for each environment and kept: an order's id must still be valid after the next setup. */
export const secretNames = ['ORDER_SECRET', 'PAYMENT_SECRET'] as const

export const environments = {
  dev: {
    origins: [dashboardOrigin, developmentOrigin],
    limit: { count: 1_000, windowSeconds: 60 },
    variables: { CURRENCY: 'EUR', FREE_SHIPPING_FROM_CENTS: '0' }
  },
  staging: {
    origins: [dashboardOrigin],
    limit: { count: stagingLimit, windowSeconds: 60 },
    variables: { CURRENCY: 'EUR', FREE_SHIPPING_FROM_CENTS: '5000' }
  },
  prod: {
    origins: [dashboardOrigin],
    limit: { count: 6_000, windowSeconds: 60 },
    variables: { CURRENCY: 'EUR', FREE_SHIPPING_FROM_CENTS: '5000' }
  }
} as const

export type EnvironmentName = keyof typeof environments
export const environmentNames = Object.keys(environments) as EnvironmentName[]
