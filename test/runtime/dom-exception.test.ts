import t from 'tap'
import { createWebIsolate } from '../support/isolate.ts'

t.test('it is an error with a name, a message and a legacy code', async t => {
  const isolate = createWebIsolate(t)
  t.strictSame(await isolate.run(`
    const error = new DOMException('gone', 'AbortError')
    const other = new DOMException(undefined, { name: 'Own', cause: 1 })
    return [
      error instanceof Error, error.name, error.message, error.code, String(error), error.stack.split('\\n')[0], Object.hasOwn(error, 'message'),
      other.name, other.message, other.code, other.cause, new DOMException().name, DOMException.ABORT_ERR, error.ABORT_ERR, Object.prototype.toString.call(error)
    ]
  `), [true, 'AbortError', 'gone', 20, 'AbortError: gone', 'AbortError: gone', false, 'Own', '', 0, 1, 'Error', 20, 20, '[object DOMException]'])
})
