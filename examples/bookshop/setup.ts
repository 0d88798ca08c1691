import { randomBytes } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { clients, environmentNames, environments, functions, gatewayId, gatewayName, secretNames, type ClientName, type EnvironmentName } from './definition.ts'
import { admin, targetFromSettings, type Target } from './target.ts'

/** `null`: the client was there already, and its key cannot be read any more. */
export type Keys = Record<EnvironmentName, Record<ClientName, string | null>>

const gateway = `/api-gateways/${gatewayId}`

/**
 * Brings the platform to what `definition.ts` says, from nothing or from whatever an earlier run has left.
 * @param newKeys also gives the clients that are there already new keys; the old ones die at once
 */
export async function setUp (target: Target, { newKeys = false } = {}): Promise<Keys> {
  const { status } = await admin(target, 'GET', gateway, undefined, [404])
  if (status === 404) await admin(target, 'POST', '/api-gateways', { id: gatewayId, name: gatewayName })
  for (const name of environmentNames) await setUpEnvironment(target, name)
  const files = await readFunctionFiles()
  for (const fn of functions) await putFunction(target, fn, files)
  await promote(target)
  const keys = await Promise.all(environmentNames.map(async name => [name, await setUpClients(target, name, newKeys)] as const))
  return Object.fromEntries(keys) as Keys
}

/** Saves it, which also deploys it to dev. */
export async function putFunction (target: Target, fn: typeof functions[number], files: Record<string, string>): Promise<void> {
  await admin(target, 'PUT', `${gateway}/functions/${fn.name}`, { methods: fn.methods, path: fn.path, files, entrypoint: `${fn.name}.ts` })
}

/** Brings what dev serves to staging and from there to prod, unless they serve it already. */
export async function promote (target: Target, note = ''): Promise<void> {
  for (const [from, to] of [['dev', 'staging'], ['staging', 'prod']]) {
    const { status, body } = await admin(target, 'POST', `${gateway}/environments/${to}/releases`, { from, note }, [409])
    if (status === 409 && body.code !== 'nothing_to_promote') throw new Error(`${from} cannot be promoted to ${to}: ${String(body.detail)}`)
  }
}

/** Texts by path below `functions/`. */
export async function readFunctionFiles (): Promise<Record<string, string>> {
  const folder = path.join(import.meta.dirname, 'functions')
  const names = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts')).sort()
  return Object.fromEntries(await Promise.all(names.map(async name => [name, await readFile(path.join(folder, name), 'utf8')])))
}

async function setUpEnvironment (target: Target, name: EnvironmentName): Promise<void> {
  const { origins, limit, variables } = environments[name]
  await admin(target, 'PATCH', `${gateway}/environments/${name}`, {
    config: {
      plugins: {
        cors: { allowOrigins: origins, allowHeaders: ['content-type', 'x-api-key'], exposeHeaders: ['location', 'ratelimit', 'retry-after'], maxAgeSeconds: 600 },
        'limit-count': { ...limit, by: 'client' }
      }
    }
  })
  for (const [variable, value] of Object.entries(variables)) await admin(target, 'PUT', `${gateway}/environments/${name}/variables/${variable}`, { value })
  for (const secret of secretNames) {
    const place = `${gateway}/environments/${name}/variables/${secret}`
    const { status } = await admin(target, 'GET', place, undefined, [404])
    if (status === 404) await admin(target, 'PUT', place, { value: randomBytes(32).toString('hex'), secret: true })
  }
}

async function setUpClients (target: Target, environment: EnvironmentName, newKeys: boolean): Promise<Record<ClientName, string | null>> {
  const place = `${gateway}/environments/${environment}/clients`
  const { body } = await admin(target, 'GET', `${place}?limit=100`)
  const present = body.items as Array<{ id: string, name: string }>
  const keys = {} as Record<ClientName, string | null>
  for (const name of clients) {
    const client = present.find(client => client.name === name)
    if (client === undefined) keys[name] = (await admin(target, 'POST', place, { name })).body.apiKey as string
    else keys[name] = newKeys ? (await admin(target, 'POST', `${place}/${client.id}/regenerate-key`, {})).body.apiKey as string : null
  }
  return keys
}

async function main (): Promise<void> {
  const { values } = parseArgs({ options: { 'new-keys': { type: 'boolean', default: false }, 'save-keys': { type: 'string' } } })
  const keys = await setUp(targetFromSettings(), { newKeys: values['new-keys'] })
  for (const environment of environmentNames) {
    for (const [client, key] of Object.entries(keys[environment])) {
      process.stdout.write(`${environment.padEnd(8)} ${client.padEnd(10)} ${key ?? 'is there already; --new-keys gives it a new key'}\n`)
    }
  }
  if (values['save-keys'] !== undefined) await writeFile(values['save-keys'], JSON.stringify(keys), { mode: 0o600 })
}

if (import.meta.main) await main()
