import { freePorts } from '../../../test/support/ports.ts'
import { copyWebFunction, functionPeer, type StartFunction } from '../../functions/start.ts'
import { inFolder } from '../folder.ts'
import { startListening } from '../listening.ts'
import { npmRuntime } from '../programs.ts'

/** `deno serve`, in one process with one thread for JavaScript. It may use the network and nothing else. */
export const start: StartFunction = async setting => {
  const { file, env, version } = await npmRuntime('deno')
  const [port] = await freePorts(1) as [number]
  const running = await inFolder('deno', async folder => {
    const main = await copyWebFunction(folder, setting)
    const args = ['serve', '--no-config', '--no-lock', '--cached-only', '--no-prompt', '--allow-net=127.0.0.1', '--host', '127.0.0.1', '--port', String(port), main]
    return await startListening({ file, version, env: { ...env, DENO_DIR: folder, DENO_NO_UPDATE_CHECK: '1' } }, args, port)
  })
  return functionPeer(setting.fn, { name: 'deno', version, pid: running.child.pid!, port, output: running.output, close: running.close })
}
