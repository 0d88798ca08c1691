import path from 'node:path'
import { freePorts } from '../../../test/support/ports.ts'
import { copyWebFunction, functionPeer, type StartFunction } from '../../functions/start.ts'
import { inFolder } from '../folder.ts'
import { startListening } from '../listening.ts'
import { npmRuntime } from '../programs.ts'

/** `Bun.serve`, in one process. */
export const start: StartFunction = async setting => {
  const { file, env, version } = await npmRuntime('bun')
  const [port] = await freePorts(1) as [number]
  const running = await inFolder('bun', async folder => {
    const main = await copyWebFunction(folder, setting)
    const args = ['run', '--no-install', path.join(import.meta.dirname, 'serve.ts'), main, String(port)]
    return await startListening({ file, version, env: { ...env, NODE_ENV: 'production', HOME: folder } }, args, port)
  })
  return functionPeer(setting.fn, { name: 'bun', version, pid: running.child.pid!, port, output: running.output, close: running.close })
}
