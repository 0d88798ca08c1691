import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import t from 'tap'
import { startPlatform } from '../support/platform.ts'
import { openShop } from '../support/shop.ts'

/** All bytes of all files, the write-ahead logs and the access log included. */
async function everyFile (directory: string): Promise<Array<{ file: string, bytes: Buffer }>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return await Promise.all(entries.filter(entry => entry.isFile()).map(async entry => {
    const file = path.join(entry.parentPath, entry.name)
    return { file, bytes: await readFile(file) }
  }))
}

t.test('no key is in any file or in any line of the log, whatever has been done with it', async t => {
  const platform = await startPlatform(t, { env: { IMPRUN_LOG_LEVEL: 'trace', IMPRUN_ACCESS_LOG: 'file' } })
  const shop = await openShop(platform)
  await shop.save('fail', '/fail', 'export default ctx => { console.log(ctx.headers); throw new Error(JSON.stringify(ctx.headers)) }')
  const used = await shop.addClient('dev', 'Mobile')
  const revoked = await shop.addClient('dev', 'Dashboard')
  const place = `/api-gateways/shop/environments/dev/clients/${revoked.id}`
  const { apiKey: renewed } = (await platform.admin('POST', `${place}/regenerate-key`, { overlapSeconds: 60 })).json as { apiKey: string }
  const keys = [used.key, revoked.key, renewed]

  await shop.askUntil('dev', '/fail', answer => answer.status === 500, { key: used.key })
  for (const key of keys) {
    await shop.ask('dev', '/fail', { key })
    await shop.ask('dev', '/fail', { headers: { authorization: `Bearer ${key}` } })
    await shop.ask('dev', '/fail', { headers: { apikey: key } })
    await shop.ask('prod', '/fail', { key })
    await shop.ask('dev', `/fail?api_key=${key}`)
    await platform.admin('POST', '/api-gateways/shop/environments/dev/clients', { name: key.slice(0, 40), apiKey: key })
    await platform.admin('GET', '/api-gateways', undefined, { authorization: `Bearer ${key}` })
  }
  const running = await everyFile(platform.dataDir)
  await platform.close()
  const closed = await everyFile(platform.dataDir)
  t.ok(running.some(({ file }) => file.endsWith('.sqlite')), running.map(({ file }) => file).join(' '))

  const secrets = [...keys, ...keys.map(key => key.split('_')[2]!), platform.adminToken]
  const output = platform.output()
  for (const secret of secrets) {
    t.strictSame([...running, ...closed].filter(({ bytes }) => bytes.includes(secret)).map(({ file }) => file), [])
    t.notOk(output.includes(secret), 'nor in the output')
  }
  t.ok(output.includes('The function threw'), 'the output was looked at while it had something to say')
})
