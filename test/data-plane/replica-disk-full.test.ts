import { execFile, execFileSync } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { temporaryDirectory } from '../support/platform.ts'

/** In a mount namespace of its own, which not every system gives to everyone. */
const canMount = ((): boolean => {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const script = 'mount -t tmpfs -o size=3m tmpfs "$0" && exec "$1" "$2" "$0" "$3"'

for (const kind of ['batch', 'snapshot']) {
  t.test(`a ${kind} for which there is no room never happened, and is taken when there is`, { skip: canMount ? false : 'file systems cannot be mounted here' }, async t => {
    const program = path.join(import.meta.dirname, '../support/full-disk.ts')
    const { stdout } = await promisify(execFile)('unshare', ['-rm', 'sh', '-c', script, temporaryDirectory(t), process.execPath, program, kind])
    t.strictSame(JSON.parse(stdout), { refused: true, served: true, held: 1, recovered: true })
  })
}
