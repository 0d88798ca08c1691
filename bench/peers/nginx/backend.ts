import { answers, seenPath } from '../../proxied/answers.ts'
import { startNginx } from './start.ts'

/** What all proxies stand in front of: nginx, which takes the least of the machine from them. */
export interface Backend {
  origin: string
  version: string
  pid: number
  close: () => Promise<void>
}

export async function startBackend (): Promise<Backend> {
  const { small, large, streamed } = answers
  const { port, version, child, close } = await startNginx({
    configuration: 'backend.conf',
    values: { small: small.path, smallBody: small.body, large: large.path, streamed: streamed.path, seen: seenPath },
    files: { 'large.json': large.body, 'streamed.json': streamed.body }
  })
  return { origin: `http://127.0.0.1:${port}`, version, pid: child.pid!, close }
}
