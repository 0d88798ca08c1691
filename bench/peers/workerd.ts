import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as hello from '../scenarios/hello.ts'
import { endProcess } from './process.ts'
import type { Peer } from './peer.ts'

const require = createRequire(import.meta.url)

/** The same function in Cloudflare's runtime, without any check in front of it. */
export async function start (): Promise<Peer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'imprun-bench-workerd-'))
  await writeFile(path.join(directory, 'worker.js'), hello.worker)
  await writeFile(path.join(directory, 'config.capnp'), config)
  // The package's main module is the path of the binary; the launcher beside it would be one process more to end.
  const { default: binary } = require('workerd') as { default: string }
  const child = spawn(binary, ['serve', '--control-fd=3', path.join(directory, 'config.capnp')], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe']
  })
  const close = async (): Promise<void> => {
    await endProcess(child)
    await rm(directory, { recursive: true, force: true })
  }
  try {
    const port = await Promise.race([
      listeningPort(child.stdio[3] as NodeJS.ReadableStream),
      once(child, 'exit').then(([code]) => { throw new Error(`workerd ended with ${code}`) })
    ])
    return {
      name: 'workerd',
      version: (require('workerd/package.json') as { version: string }).version,
      pid: child.pid!,
      url: `http://127.0.0.1:${port}${hello.path}`,
      headers: [{ origin: hello.origin }],
      expectedBody: hello.expectedBody,
      expectedHeaders: {},
      close
    }
  } catch (error) {
    await close()
    throw error
  }
}

const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .hello)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);

const hello :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01"
);
`

/** On its control descriptor workerd writes one JSON line per event; the first one here is the socket's. */
async function listeningPort (control: NodeJS.ReadableStream): Promise<number> {
  let text = ''
  for await (const chunk of control) {
    text += String(chunk)
    for (const line of text.split('\n').slice(0, -1)) {
      const event = JSON.parse(line) as { event: string, port?: number }
      if (event.event === 'listen' && event.port !== undefined) return event.port
    }
  }
  throw new Error('workerd has not said where it listens')
}
