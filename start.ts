import { explainListen } from './data-plane/failure.ts'
import { ListenFailed } from './data-plane/keeper/bind.ts'
import { keepDataPlane } from './data-plane/keeper/keep.ts'
import type { Keeper } from './data-plane/keeper/keeper.ts'
import { createSample } from './examples/hello/setup.ts'
import { urlHost, type Config } from '#shared/config.ts'
import { keepControlPlane, planeEnvironment } from './planes.ts'

/** `npm start`: both planes on this machine, kept alive until a signal, and a first gateway to try. */
export async function start (config: Config, options: { sample: boolean }): Promise<void> {
  const planes: Array<{ close: () => Promise<void> }> = []
  let closing: Promise<void> | null = null
  // Traffic stops first: it can do without the control plane, and the control plane has nothing to wait for.
  const close = (exitCode: number): Promise<void> => closing ??= closeInTurn(planes.toReversed(), exitCode)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void close(0))
  process.on('disconnect', () => void close(0))

  const control = keepControlPlane(config, code => void close(code))
  planes.push(control)
  const controlReady = await control.ready
  if (controlReady === null) return
  const applied = createAppliedWait()
  const data = await keepTraffic(config, applied.reach).catch(async (error: unknown) => {
    await close(1)
    throw error
  })
  planes.push(data)
  void data.failed.then(async code => await close(code))
  obeyReload(data, () => void close(0))
  if (!await data.ready) return

  const controlUrl = controlReady.url
  const dataUrl = `http://${urlHost(config.host)}:${data.port}`
  const adminToken = controlReady.adminToken ?? config.adminToken
  printAddresses(controlUrl, dataUrl, config)
  if (controlReady.adminToken !== null) print(`Admin token (shown this once):\n\n    ${controlReady.adminToken}\n`)
  // One that has a certificate is no first try on one machine.
  if (options.sample && config.tls === null && controlReady.firstStart && adminToken !== null) {
    const sample = await createSample({ controlUrl, adminToken, domainPort: data.port, baseDomain: config.baseDomain })
    await applied.wait(sample.revision)
    print(`A sample gateway answers (its key is shown this once, too):\n\n    ${sample.curl}\n`)
  }
  process.send?.({ type: 'ready', controlUrl, dataUrl, adminToken })
}

/** @throws {ConfigError} where the address cannot be listened on */
async function keepTraffic (config: Config, onApplied: (revision: number) => void): Promise<Keeper> {
  const say = (message: string): void => void process.stderr.write(`imprun: ${message}\n`)
  // What opens the database is no business of whoever serves traffic.
  const env = { ...planeEnvironment(config), MONGODB_URL: '' }
  try {
    return await keepDataPlane({ config, env, onApplied, say })
  } catch (error) {
    throw error instanceof ListenFailed ? explainListen(error, config) : error
  }
}

/** SIGHUP is a terminal's that closes, where there is one. */
function obeyReload (data: Keeper, close: () => void): void {
  const reload = (): void => void data.reload()
  process.on('SIGUSR2', reload).on('SIGHUP', process.stdin.isTTY ? close : reload)
}

/** For whoever waits until a revision is served. */
function createAppliedWait (): { reach: (revision: number) => void, wait: (revision: number) => Promise<void> } {
  const waiters = new Set<{ revision: number, resolve: () => void }>()
  let reached = 0
  return {
    reach: revision => {
      reached = revision
      for (const waiter of waiters) {
        if (waiter.revision > revision) continue
        waiters.delete(waiter)
        waiter.resolve()
      }
    },
    wait: async revision => {
      if (revision > reached) await new Promise<void>(resolve => waiters.add({ revision, resolve }))
    }
  }
}

function printAddresses (controlUrl: string, dataUrl: string, config: Config): void {
  print(`imprun is running.

    Admin API   ${controlUrl}/v1
    Reference   ${controlUrl}/docs
    Traffic     ${dataUrl}   (hosts <gateway>.api.${config.baseDomain})
    Data        ${config.dataDir}
`)
}

async function closeInTurn (planes: Array<{ close: () => Promise<void> }>, exitCode: number): Promise<void> {
  for (const plane of planes) await plane.close()
  process.exitCode = exitCode
  process.disconnect?.()
}

function print (text: string): void {
  process.stdout.write(`${text}\n`)
}
