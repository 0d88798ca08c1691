import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

const root = path.resolve(import.meta.dirname, '../..')

/** Packages that are loaded with this module, in a process of its own. */
async function packagesOf (module: string): Promise<string[]> {
  const script = `
    const { registerHooks } = require('node:module')
    const names = new Set()
    registerHooks({ load: (url, context, next) => {
      const name = /\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)
      if (name !== null) names.add(name[1])
      return next(url, context)
    } })
    import(process.argv[1]).then(() => console.log(JSON.stringify([...names])))`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, path.join(root, module)], { cwd: root })
  return JSON.parse(stdout) as string[]
}

t.test('what answers requests begins without what only some need: schemas are a fifth of a second, tokens half of that', async t => {
  const packages = await packagesOf('data-plane/edge/app.ts')
  t.ok(packages.includes('fastify'))
  for (const name of ['typebox', 'jose', 're2js', 'esbuild', 'yaml', 'mongodb', '@redis/client']) t.notOk(packages.includes(name), name)
})
