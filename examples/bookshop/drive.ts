import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { environmentNames } from './definition.ts'
import { driveBooks } from './drive/books.ts'
import { Driver } from './drive/driver.ts'
import { driveCors, driveKeysAndRoutes, driveLimit } from './drive/edges.ts'
import { driveOrders } from './drive/orders.ts'
import { drivePromotion } from './drive/promotion.ts'
import type { Keys } from './setup.ts'
import { targetFromSettings, type Target } from './target.ts'

/** Uses the bookshop as its apps would. @returns how many answers were right @throws {Error} at the first one that is wrong */
export async function drive (target: Target, keys: Keys): Promise<number> {
  const driver = new Driver(target, keys)
  for (const environment of environmentNames) {
    // Asked by an app that may not: the function's own 403 shows that it is there, and nobody else's limit is spent.
    await driver.until(`${environment} answers`, { environment, path: '/reports/stock', as: 'Payments' }, ({ status }) => status === 403 || status === 429)
  }
  await driveBooks(driver)
  await driveOrders(driver)
  await driveKeysAndRoutes(driver)
  await driveCors(driver)
  await driveLimit(driver)
  await drivePromotion(driver)
  return driver.checked
}

async function main (): Promise<void> {
  const { values } = parseArgs({ options: { keys: { type: 'string' } } })
  if (values.keys === undefined) throw new Error('--keys names the file that "setup.ts --save-keys" has written')
  const checked = await drive(targetFromSettings(), JSON.parse(await readFile(values.keys, 'utf8')) as Keys)
  process.stdout.write(`${checked} answers were right.\n`)
}

if (import.meta.main) await main()
