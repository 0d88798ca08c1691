import { access } from 'node:fs/promises'
import { chromium, type Browser } from 'playwright-core'
import type { Test } from 'tap'

/** Debian's package puts it here; it is not one of those that can be unpacked elsewhere. */
const executablePath = '/usr/bin/chromium'

/** Why there is no browser; `null`: there is one. */
export async function missingChromium (): Promise<string | null> {
  return await access(executablePath).then(() => null, () => `there is no ${executablePath} (apt-get install chromium)`)
}

/** A browser of its own, without a window. */
export async function startChromium (t: Pick<Test, 'teardown'>): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] })
  t.teardown(async () => await browser.close())
  return browser
}
