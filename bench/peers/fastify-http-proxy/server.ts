import proxy from '@fastify/http-proxy'
import fastify from 'fastify'
import type { AddressInfo } from 'node:net'

// As its README shows it.
const [backend] = process.argv.slice(2) as [string]
const app = fastify()
app.register(proxy, { upstream: backend, undici: { connections: 256, pipelining: 1 } })
await app.listen({ host: '127.0.0.1', port: 0 })
process.send!((app.server.address() as AddressInfo).port)
// The benchmark has gone, however it went.
process.on('disconnect', () => process.exit())
