import { spawnSync } from 'node:child_process'
import { findDebianProgram } from '../../../test/support/debian-package.ts'
import * as hello from '../../scenarios/hello.ts'
import type { Peer } from '../../peers/peer.ts'
import { headersOf, keys } from '../keys.ts'
import { environmentOf, startNginx } from './nginx-process.ts'

/** A map of keys, and a limit for each of them. */
export async function start (backend: string): Promise<Peer> {
  const { port, pid, close } = await startNginx(port => `
    map_hash_max_size 262144; map_hash_bucket_size 256;
    map $http_x_api_key $client { default ""; ${keys.map((key, index) => `"${key}" "client${index}";`).join(' ')} }
    limit_req_zone $client zone=clients:16m rate=1000000r/s;
    upstream backend { server ${new URL(backend).host}; keepalive 256; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${port};
      keepalive_requests 100000000;
      location / {
        if ($client = "") { return 401; }
        limit_req zone=clients burst=1000000 nodelay;
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Api-Key ""; proxy_set_header X-Consumer $client;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_pass http://backend;
      }
    }`)
  const program = await findDebianProgram('nginx', '/usr/sbin/nginx')
  const version = /nginx\/(\S+)/.exec(spawnSync(program.file, ['-v'], { encoding: 'utf8', env: environmentOf(program) }).stderr)![1]!
  return { name: 'nginx', version, pid, url: `http://127.0.0.1:${port}${hello.path}`, headers: headersOf(keys), expectedBody: hello.expectedBody, expectedHeaders: {}, close }
}
