import { rmSync } from 'node:fs'
import type { InstallRequest } from '../messages.ts'
import { install } from './install.ts'

/** A process for one installation: told what to bring, it says what it has brought, and is ended. */
process.once('message', (request: InstallRequest) => {
  // Whoever asked is gone, and with it who would have removed the folder.
  process.once('disconnect', () => {
    rmSync(request.folder, { recursive: true, force: true })
    process.exit()
  })
  void install(request).then(reply => process.send!(reply))
})
