import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answer } from '../scenarios/hello.ts'

const server = createServer((_request, response) => {
  const body = JSON.stringify(answer())
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
// The benchmark has gone, however it went.
process.on('disconnect', () => process.exit())
