import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FunctionName } from '../../functions/measured.ts'
import { countPrimes } from '../../functions/web/work.ts'

const [name, backend] = process.argv.slice(2) as [FunctionName, string]

const functions: Record<FunctionName, (request: IncomingMessage) => unknown> = {
  hello: () => ({ message: 'Hello from a function', languages: ['en', 'de', 'nl'], ok: true }),
  echo: async request => JSON.parse(await textOf(request)) as unknown,
  cpu: () => ({ primes: countPrimes() }),
  fetch: async () => {
    const answer = await fetch(backend)
    return { answered: await answer.json() }
  }
}
const answer = functions[name]

const server = createServer((request, response) => {
  const value = answer(request)
  if (value instanceof Promise) value.then(value => send(response, value), (error: unknown) => response.destroy(error as Error))
  else send(response, value)
})

function send (response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

async function textOf (request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
// The benchmark has gone, however it went.
process.on('disconnect', () => process.exit())
