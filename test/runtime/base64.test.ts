import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('atob takes all that is forgiving-base64', async t => {
  const isolate = createWebIsolate(t)
  for (const [input, text] of [['aGVsbG8=', 'hello'], ['aGVsbG8', 'hello'], [' aG Vs\nbG8 = ', 'hello'], ['', ''], ['/+8=', 'ÿï'], ['ab', 'i'], ['abc', 'i·'], ['YR', 'a']] as const) {
    t.equal(await isolate.run(`return atob(${JSON.stringify(input)})`), text, JSON.stringify(input))
  }
})

t.test('atob refuses what is not', async t => {
  const isolate = createWebIsolate(t)
  for (const input of ['a', 'abcde', 'a===', 'ab=c', 'abc-', '=', 'é', 'ab=']) {
    t.strictSame(await isolate.run(`try { atob(${JSON.stringify(input)}) } catch (error) { return [error.name, error.code, error instanceof DOMException] }`),
      ['InvalidCharacterError', 5, true], JSON.stringify(input))
  }
})

t.test('btoa takes bytes as characters, and nothing above them', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const all = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code))
    let error
    try { btoa('€') } catch (thrown) { error = thrown.name }
    return [btoa('hello'), btoa(''), atob(btoa(all)) === all, btoa(null), error]
  `), ['aGVsbG8=', '', true, 'bnVsbA==', 'InvalidCharacterError'])
})

t.test('both need an argument, and are no constructors', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    return [() => atob(), () => btoa(), () => new atob('aa')].map(call => { try { call() } catch (error) { return error.constructor.name } })
  `), ['TypeError', 'TypeError', 'TypeError'])
})
