import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { launchPlatform } from '../test/support/launch.ts'
import { drive } from './bookshop/drive.ts'
import { setUp } from './bookshop/setup.ts'

/** `npm run example`: the bookshop on a platform of its own, which is gone afterwards. */
const dataDir = await mkdtemp(path.join(tmpdir(), 'imprun-example-'))
try {
  const platform = await launchPlatform({ dataDir })
  try {
    const target = { ...platform, baseDomain: 'localhost' }
    const keys = await setUp(target)
    const again = await setUp(target)
    if (Object.values(again).some(clients => Object.values(clients).some(key => key !== null))) throw new Error('The second setup has made clients that were there already')
    const checked = await drive(target, keys)
    process.stdout.write(`${checked} answers were right.\n`)
  } finally {
    await platform.close()
  }
} finally {
  await rm(dataDir, { recursive: true, force: true })
}
