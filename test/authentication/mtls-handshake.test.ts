import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { json } from 'node:stream/consumers'
import t from 'tap'
import { startEdge } from '../support/edge.ts'
import { http2Client } from '../support/http2-client.ts'

const host = 'shop.api.localhost'
const folder = path.join(import.meta.dirname, '..', 'support', 'tls')
const read = (name: string): string => readFileSync(path.join(folder, 'clients', `${name}.pem`), 'utf8')
const server = { certFile: path.join(folder, 'localhost-1.pem'), keyFile: path.join(folder, 'localhost-1.key.pem') }

t.test('a certificate shown in the handshake stands for its client, over HTTP/1.1 and HTTP/2', async t => {
  const edge = await startEdge(t, { settings: { dataTls: { pairs: [server], clientCaFile: path.join(folder, 'clients', 'ca.pem') } } })
  edge.addGateway('shop', { plugins: { 'mtls-auth': { ca: read('ca') } } })
  edge.addClient('shop', 'prod', 'mobile', { certificates: [{ kind: 'dns', value: 'mobile.example' }] })
  const shown = { cert: read('mobile'), key: read('mobile-key') }
  // Nobody vouches for it.
  const other = { cert: readFileSync(server.certFile, 'utf8'), key: readFileSync(server.keyFile, 'utf8') }
  const overOne = async (options: object): Promise<unknown> => {
    const [answer] = await once(request({ port: edge.port, host: '127.0.0.1', path: '/hello', rejectUnauthorized: false, agent: false, headers: { host }, ...options }).end(), 'response') as [IncomingMessage]
    return await json(answer)
  }
  const overTwo = async (options: object): Promise<unknown> => {
    const client = await http2Client(t, `https://127.0.0.1:${edge.port}`, { rejectUnauthorized: false, ...options })
    return JSON.parse((await client.ask('/hello')).text)
  }
  for (const ask of [overOne, overTwo]) {
    t.match(await ask(shown), { client: { id: 'mobile' } })
    t.match(await ask(other), { code: 'certificate_invalid' })
    t.match(await ask({}), { code: 'credentials_missing' })
  }
})
