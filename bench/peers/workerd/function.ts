import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { transform } from 'esbuild'
import { freePorts } from '../../../test/support/ports.ts'
import { copyWebFunction, functionPeer, type StartFunction } from '../../functions/start.ts'
import { inFolder } from '../folder.ts'
import { startListening } from '../listening.ts'
import { readTemplate } from '../template.ts'

const require = createRequire(import.meta.url)

/** Cloudflare's runtime, in one process with one thread, without any check in front of the function. */
export const start: StartFunction = async setting => {
  const { name } = setting.fn
  const [port] = await freePorts(1) as [number]
  const { version } = require('workerd/package.json') as { version: string }
  // The package's main module is the path of the binary; the launcher beside it would be one process more to end.
  const { default: file } = require('workerd') as { default: string }
  const running = await inFolder('workerd', async folder => {
    const sources = path.dirname(await copyWebFunction(folder, setting))
    // It knows no types.
    for (const each of [name, 'backend', 'work']) {
      const { code } = await transform(await readFile(path.join(sources, `${each}.ts`), 'utf8'), { loader: 'ts' })
      await writeFile(path.join(folder, `${each}.js`), code)
    }
    const config = path.join(folder, 'config.capnp')
    await writeFile(config, await readTemplate(new URL('config.capnp', import.meta.url), { port, main: name }))
    return await startListening({ file, version, env: {} }, ['serve', config], port)
  })
  return functionPeer(setting.fn, { name: 'workerd', version, pid: running.child.pid!, port, output: running.output, close: running.close })
}
