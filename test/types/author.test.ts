import t from 'tap'
import { authorOptions, typecheck } from '../support/typecheck.ts'

const good = `
import type { Context, Handler, Log } from '@imprun/types'

export default async function (ctx: Context): Promise<Response> {
  const url = new URL('/users?page=2', 'https://api.example.com')
  url.searchParams.set('id', ctx.params.id ?? crypto.randomUUID())
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new DOMException('too slow', 'TimeoutError')), 500)
  const answer = await fetch(url, {
    method: 'POST', headers: { accept: 'application/json', ...(ctx.client && { 'x-client': ctx.client.name }) }, body: JSON.stringify(ctx.body),
    signal: AbortSignal.any([controller.signal, AbortSignal.timeout(1_000)])
  })
  clearTimeout(timer)
  if (!answer.ok) throw new Response('upstream', { status: 502 })
  const user = await answer.json() as { name: string }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(user.name))
  console.log('read', new Uint8Array(digest).length, performance.now(), btoa('x'), structuredClone({ a: 1 }).a)
  const log: Log = ctx.log
  log.info('done', { user })
  await new Promise(resolve => setTimeout(resolve, 10))
  queueMicrotask(() => undefined)
  const form = new FormData()
  form.set('file', new File(['a', new Uint8Array(1)], 'a.txt', { type: 'text/plain' }))
  const subject: unknown = ctx.auth?.claims?.sub
  if (ctx.auth?.method === 'jwt-auth' && !ctx.auth.scopes.includes('read')) throw new Response(String(subject), { status: 403 })
  const cursor: string | string[] | undefined = ctx.query.cursor
  return Response.json({ cursor, form: [...form.keys()], secret: ctx.env.TOKEN, headers: Object.fromEntries(answer.headers) }, { status: 201 })
}

async function * events (): AsyncGenerator<string | Uint8Array> {
  yield 'data: 1\\n\\n'
}
interface Book { title: string, pages?: number }
export const handlers: Handler[] = [
  () => new Response(events(), { headers: [['content-type', 'text/event-stream']] }),
  () => new Response(new ReadableStream({ start (controller) { controller.enqueue(new Uint8Array(1)); controller.close() } })),
  async ctx => (await ctx.request.formData()).get('a') ?? null,
  ctx => ctx.request.body?.pipeThrough(new TextDecoderStream()).pipeThrough(new TextEncoderStream()),
  () => events(), () => 'text', () => 1, () => true, () => null, () => undefined, () => {}, async () => {}, () => new Uint8Array(1), () => new ArrayBuffer(1),
  () => ({ a: [1, { b: 'c' }] }), () => [1], () => new Date(), (): Book => ({ title: 'x' }), (): Book[] => []
]
`

const wrong: Record<string, string> = {
  'ctx.request = ctx.request': 'TS2540',
  'ctx.params.id.length': 'TS18048',
  'ctx.env.A = "b"': 'TS2542',
  'ctx.client.name': 'TS18047',
  'ctx.session': 'TS2339',
  'ctx.auth.scopes': 'TS18047',
  'ctx.auth = null': 'TS2540',
  'ctx.log.fatal("x")': 'TS2339',
  'ctx.log.info("x", 1)': 'TS2345',
  'ctx.body.title': 'TS18046',
  'window': 'TS2304',
  'document': 'TS2584',
  'self': 'TS2304',
  'navigator': 'TS2304',
  'process.env': 'TS2591',
  'Buffer.from("x")': 'TS2591',
  'require("fs")': 'TS2591',
  'setImmediate(() => {})': 'TS2304',
  'new WebSocket("wss://example.com")': 'TS2304',
  'new CompressionStream("gzip")': 'TS2304',
  'caches': 'TS2304',
  'WebAssembly': 'TS2304',
  'crypto.subtle.sign': 'TS2339',
  'crypto.subtle.digest("MD5", new Uint8Array(1))': 'TS2345',
  'fetch(1)': 'TS2345',
  'new Response(1)': 'TS2345',
  'Response.redirect("https://example.com", 200)': 'TS2345',
  'setTimeout("code", 1)': 'TS2769',
  'const a: Handler = () => 10n': 'TS2322',
  'const b: Handler = () => Symbol("x")': 'TS2322',
  'const c: Handler = () => () => 1': 'TS2322',
  'const d: Handler = (ctx: { nothing: string }) => 1': 'TS2322'
}

t.test('what functions do passes, with the types listed', async t => {
  t.strictSame(await typecheck(t, { 'function.ts': good }, { ...authorOptions, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true }), [])
})

t.test('an import is enough to have the globals', async t => {
  const { types: _types, ...options } = authorOptions
  t.strictSame(await typecheck(t, { 'function.ts': good }, options), [])
})

t.test('without an import the globals are there', async t => {
  t.strictSame(await typecheck(t, { 'function.ts': 'export default () => Response.json({ id: crypto.randomUUID(), at: new URL("https://example.com") })' }), [])
})

t.test('what functions cannot do is found fault with', async t => {
  const uses = Object.entries(wrong)
  const source = [
    'import type { Context, Handler } from "@imprun/types"',
    'export default function (ctx: Context): void {',
    ...uses.map(([use]) => use.startsWith('const ') ? use : `  void (${use})`),
    '}'
  ].join('\n')
  const faults = await typecheck(t, { 'wrong.ts': source }, { ...authorOptions, noUncheckedIndexedAccess: true })
  t.strictSame(faults.map(({ at, code }) => [at, code]), uses.map(([, code], index) => [`wrong.ts:${index + 3}`, code]))
})
