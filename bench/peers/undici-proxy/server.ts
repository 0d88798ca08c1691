import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool, type Dispatcher } from 'undici'

// As little as a proxy can do that streams both ways: no check, no header changed.
const [backend] = process.argv.slice(2) as [string]
const pool = new Pool(backend, { connections: 256, pipelining: 1 })
const server = createServer((request, response) => {
  const { connection: _hop, host: _host, ...headers } = request.headers
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  let answering: Dispatcher.DispatchController | null = null
  // A client that leaves in the middle would leave a connection behind that nobody reads any more, and soon all of them.
  const letGo = (): void => answering?.abort(new Error('the client is gone'))
  response.on('close', () => {
    if (!response.writableFinished) letGo()
  })
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: controller => {
      answering = controller
      if (response.destroyed) letGo()
    },
    onResponseStart: (_controller, status, answered) => {
      delete answered.connection
      response.writeHead(status, answered)
    },
    onResponseData: (controller, chunk) => {
      if (response.write(chunk)) return
      controller.pause()
      response.once('drain', () => controller.resume())
    },
    onResponseEnd: () => void response.end(),
    onResponseError: () => void response.destroy()
  }
  pool.dispatch({ path: request.url!, method: request.method as Dispatcher.HttpMethod, headers, body: hasBody ? request : null }, handler)
})
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
// The benchmark has gone, however it went.
process.on('disconnect', () => process.exit())
