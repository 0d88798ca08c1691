import { createSample } from './examples/hello/setup.ts'
import { urlHost, type Config } from '#shared/config.ts'
import { keepPlane, type Plane } from './planes.ts'

/** `npm start`: both planes on this machine, kept alive until a signal, and a first gateway to try. */
export async function start (config: Config, options: { sample: boolean }): Promise<void> {
  const planes: Plane[] = []
  let closing: Promise<void> | null = null
  // Traffic stops first: it can do without the control plane, and the control plane has nothing to wait for.
  const close = (exitCode: number): Promise<void> => closing ??= closeInTurn(planes.toReversed(), exitCode)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void close(0))
  process.on('disconnect', () => void close(0))

  const control = keepPlane('control-plane', config, code => void close(code))
  planes.push(control)
  const controlReady = await control.ready
  if (controlReady === null) return
  const data = keepPlane('data-plane', config, code => void close(code))
  planes.push(data)
  const dataReady = await data.ready
  if (dataReady === null) return

  const controlUrl = controlReady.url
  const dataUrl = `http://${urlHost(config.host)}:${dataReady.port}`
  const adminToken = controlReady.adminToken ?? config.adminToken
  printAddresses(controlUrl, dataUrl, config)
  if (controlReady.adminToken !== null) print(`Admin token (shown this once):\n\n    ${controlReady.adminToken}\n`)
  if (options.sample && controlReady.firstStart && adminToken !== null) {
    const sample = await createSample({ controlUrl, adminToken, domainPort: dataReady.port, baseDomain: config.baseDomain })
    await data.applied(sample.revision)
    print(`A sample gateway answers (its key is shown this once, too):\n\n    ${sample.curl}\n`)
  }
  process.send?.({ type: 'ready', controlUrl, dataUrl, adminToken })
}

function printAddresses (controlUrl: string, dataUrl: string, config: Config): void {
  print(`imprun is running.

    Admin API   ${controlUrl}/v1
    Reference   ${controlUrl}/docs
    Traffic     ${dataUrl}   (hosts <gateway>.api.${config.baseDomain})
    Data        ${config.dataDir}
`)
}

async function closeInTurn (planes: Plane[], exitCode: number): Promise<void> {
  for (const plane of planes) await plane.close()
  process.exitCode = exitCode
  process.disconnect?.()
}

function print (text: string): void {
  process.stdout.write(`${text}\n`)
}
