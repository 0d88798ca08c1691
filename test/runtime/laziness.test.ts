import t from 'tap'
import { groupNames, groups } from '../../data-plane/functions/runtime/groups.ts'
import { createWebIsolate } from '../support/isolate.ts'

t.test('nothing is evaluated before it is touched', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate('1 + 1; const names = Object.getOwnPropertyNames(globalThis); Object.keys(globalThis); "Response" in globalThis; Object.hasOwn(globalThis, "URL")')
  t.strictSame(isolate.loaded, [])
})

t.test('an untouched isolate pays less than 100 kB for all of the globals', async t => {
  const isolate = createWebIsolate(t)
  const withGlobals = isolate.isolate.getHeapStatisticsSync().used_heap_size
  isolate.evaluate('URL; Response; ReadableStream; AbortController; 0')
  const touched = isolate.isolate.getHeapStatisticsSync().used_heap_size
  t.ok(withGlobals < 800 * 1024, `${withGlobals} bytes`)
  t.ok(touched > withGlobals + 200 * 1024, `${touched} bytes`)
})

for (const group of groupNames.filter(name => groups[name].length > 0)) {
  t.test(`touching ${groups[group][0]} evaluates its group and becomes an ordinary property`, async t => {
    const isolate = createWebIsolate(t)
    const [name] = groups[group]
    t.strictSame(isolate.evaluate(`
      const value = ${name}
      const { writable, configurable, enumerable, get } = Object.getOwnPropertyDescriptor(globalThis, '${name}')
      ;[value === globalThis.${name}, writable, configurable, enumerable, get]
    `), [true, true, true, false, undefined])
    t.equal(isolate.loaded[0], group)
    const allowed: Partial<Record<typeof group, string[]>> = { 'text-streams': ['text-streams', 'streams'] }
    t.strictSame(isolate.loaded, allowed[group] ?? [group])
  })
}

t.test('responses of text and JSON touch neither streams nor URLs nor events', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate(`
    const response = Response.json({ a: 1 }, { headers: new Headers({ a: 'b' }) })
    harness.readResponse(response); harness.readResponse(new Response('text')); harness.readResponse(new Response(new Uint8Array(5)))
    new Response('x').clone().text()
    0
  `)
  t.strictSame(isolate.loaded, ['fetch'])
})

t.test('URLs with an ASCII host do without the tables of IDNA', async t => {
  const isolate = createWebIsolate(t)
  isolate.evaluate('new URL("https://example.com/ü?ü").href')
  t.strictSame(isolate.loaded, ['url'])
  isolate.evaluate('new URL("https://ü.example").href')
  t.strictSame(isolate.loaded, ['url', 'idna'])
})

t.test('every global is named as it is called', async t => {
  const isolate = createWebIsolate(t)
  const names = groupNames.flatMap(group => [...groups[group]])
  t.strictSame(isolate.evaluate(`${JSON.stringify(names)}.filter(name => typeof globalThis[name] === 'undefined' || (typeof globalThis[name] === 'function' && globalThis[name].name !== name))`), [])
})
