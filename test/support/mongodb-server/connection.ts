import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Dispatcher } from './dispatch.ts'
import { errorReply, fromPostgres, type MongoError } from './errors.ts'
import { failureError, isHello, type Faults } from './faults.ts'
import type { Member } from './hello.ts'
import { encodeDocument, encodeReply, parseRequest, takeMessages, type Fields, type Request } from './wire.ts'

export interface Server {
  dispatcher: Dispatcher
  faults: Faults
  member: Member
}

/** Answers the requests of one connection, one after the other, until it ends. */
export function serveConnection (socket: Socket, id: number, server: Server): void {
  const closed = new AbortController()
  let received: Buffer = Buffer.alloc(0)
  let working: Promise<unknown> = Promise.resolve()
  socket.on('data', (chunk: Buffer) => {
    try {
      const { messages, rest } = takeMessages(Buffer.concat([received, chunk]))
      received = rest
      const requests = messages.map(parseRequest)
      for (const request of requests) working = working.then(async () => await answer(socket, id, request, server, closed.signal))
    } catch {
      socket.destroy()
    }
  })
  // A client that goes without a goodbye is like one that goes with it.
  socket.on('error', () => {})
  socket.on('close', () => {
    closed.abort()
    server.dispatcher.disconnected(socket)
  })
  socket.setNoDelay(true)
}

async function answer (socket: Socket, id: number, request: Request, server: Server, closed: AbortSignal): Promise<void> {
  const name = Object.keys(request.body)[0] ?? ''
  const met = server.faults.meets(name)
  if (met?.failure.hangMs !== undefined) await hang(met.failure.hangMs, met.cured, closed)
  if (socket.destroyed) return
  if (met?.failure.close === 'before') return void socket.destroy()
  const error = met?.failure.error
  const reply = error === undefined ? await carryOut(name, request.body, socket, id, server) : errorDocument(failureError(name, request.body, error))
  if (reply === null || met?.failure.close === 'after') socket.destroy()
  else if (!request.noAnswer && !socket.destroyed) socket.write(encodeReply(request, reply))
}

/** `null`: the server is gone, as far as the client is concerned. */
async function carryOut (name: string, fields: Fields, socket: Socket, id: number, { dispatcher, faults, member }: Server): Promise<Buffer | null> {
  try {
    if (isHello(name)) return encodeDocument(member.hello(faults.primary, id))
    faults.refuse(name, fields)
    return await dispatcher.run(name, fields, socket)
  } catch (error) {
    const known = fromPostgres(error)
    return known === null ? null : errorDocument(known)
  }
}

function errorDocument (error: MongoError): Buffer {
  return encodeDocument(errorReply(error))
}

/** Until the time is over, it is cured, or the client has gone. */
async function hang (ms: number, cured: Promise<void>, closed: AbortSignal): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([closed, over.signal])
  const waiting = Number.isFinite(ms) ? delay(ms, undefined, { signal }) : new Promise<void>(resolve => { signal.addEventListener('abort', () => { resolve() }) })
  await Promise.race([cured, waiting.catch(() => {})])
  over.abort()
}
