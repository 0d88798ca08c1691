import { writeFile } from 'node:fs/promises'

/**
 * Beside the process that is profiled, in the same network: `attached.ts <port> <file>`. Says `attached`, begins when it is told to, and writes what it
 * has got when it is told to end.
 */
export type Word = 'begin' | 'end'
export type Reply = 'attached' | 'begun' | 'ended'

/** Of V8, by default a millisecond. */
const intervalMicros = 500

const [, , port, file] = process.argv
const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json() as Array<{ webSocketDebuggerUrl: string }>
if (target === undefined || file === undefined) throw new Error('There is nothing to attach to')
const socket = new WebSocket(target.webSocketDebuggerUrl)
const pending = new Map<number, PromiseWithResolvers<{ profile?: unknown }>>()
let last = 0

socket.addEventListener('message', ({ data }) => {
  const { id, result, error } = JSON.parse(String(data)) as { id?: number, result?: { profile?: unknown }, error?: { message: string } }
  if (id === undefined) return
  if (error === undefined) pending.get(id)?.resolve(result ?? {})
  else pending.get(id)?.reject(new Error(error.message))
  pending.delete(id)
})
socket.addEventListener('open', () => void attach())
socket.addEventListener('error', () => { throw new Error('The inspector has hung up') })
process.on('message', (word: Word) => void (word === 'begin' ? begin() : end(file)))
process.on('disconnect', () => process.exit())

async function attach (): Promise<void> {
  await command('Profiler.enable')
  await command('Profiler.setSamplingInterval', { interval: intervalMicros })
  say('attached')
}

async function begin (): Promise<void> {
  await command('Profiler.start')
  say('begun')
}

async function end (file: string): Promise<void> {
  const { profile } = await command('Profiler.stop')
  await writeFile(file, JSON.stringify(profile))
  // Nobody is to find it open; it can only be closed when this answer has been sent.
  await command('Runtime.evaluate', { expression: 'setTimeout(() => process.getBuiltinModule("inspector").close())' })
  socket.close()
  say('ended')
}

/** @see https://chromedevtools.github.io/devtools-protocol/v8/Profiler/ */
async function command (method: string, params: Record<string, unknown> = {}): Promise<{ profile?: unknown }> {
  const answer = Promise.withResolvers<{ profile?: unknown }>()
  const id = ++last
  pending.set(id, answer)
  socket.send(JSON.stringify({ id, method, params }))
  return await answer.promise
}

function say (reply: Reply): void {
  process.send?.(reply)
}
