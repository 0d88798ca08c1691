import { expectedBody, path as helloPath } from '../scenarios/hello.ts'
import { startNginx } from './peers/nginx-process.ts'

/** What all proxies stand in front of: nginx, which takes the least of the machine from them. */
export async function startBackend (): Promise<{ origin: string, close: () => Promise<void> }> {
  const { port, close } = await startNginx(port => `
    server {
      listen 127.0.0.1:${port} reuseport;
      keepalive_requests 100000000;
      location = ${helloPath} { default_type "application/json; charset=utf-8"; return 200 '${expectedBody}'; }
    }`)
  return { origin: `http://127.0.0.1:${port}`, close }
}
