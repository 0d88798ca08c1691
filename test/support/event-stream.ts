import type { Readable } from 'node:stream'
import type { Test } from 'tap'
import { request } from 'undici'

/** One event, as a browser's EventSource would hand it over. */
export interface StreamedEvent {
  type: string
  id: string
  data: unknown
}

export interface EventStream {
  /** The next event. @throws where the stream ends before */
  next: () => Promise<StreamedEvent>
  /** The id by which a reader would resume now. */
  lastEventId: () => string
  /** Everything received, as it came. */
  text: () => string
  /** Resolves when the server has ended it, with the events before that. */
  end: () => Promise<StreamedEvent[]>
  close: () => void
}

/** Follows events; the first ones may have come when it resolves. It ends with the test. */
export async function openEvents (t: Test, url: string, headers: Record<string, string>): Promise<EventStream> {
  const answer = await request(url, { headers: { accept: 'text/event-stream', ...headers } })
  if (answer.statusCode !== 200) throw new Error(`The events answered ${answer.statusCode}: ${await answer.body.text()}`)
  if (answer.headers['content-type'] !== 'text/event-stream; charset=utf-8') throw new Error(`The events are ${String(answer.headers['content-type'])}`)
  t.teardown(() => void answer.body.destroy())
  const state = { id: '', text: '' }
  const events = parse(answer.body, state)
  return {
    next: async () => {
      const { done, value } = await events.next()
      if (done === true) throw new Error('The stream of events has ended')
      return value
    },
    lastEventId: () => state.id,
    text: () => state.text,
    end: async () => {
      const rest: StreamedEvent[] = []
      for await (const event of events) rest.push(event)
      return rest
    },
    close: () => void answer.body.destroy()
  }
}

/** As https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation says. */
async function * parse (body: Readable, state: { id: string, text: string }): AsyncGenerator<StreamedEvent, void, undefined> {
  let type = ''
  let data: string[] = []
  for await (const line of lines(body, state)) {
    if (line === '') {
      if (data.length > 0) yield { type: type || 'message', id: state.id, data: JSON.parse(data.join('\n')) }
      type = ''
      data = []
      continue
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (name === 'id') state.id = value
    else if (name === 'event') type = value
    else if (name === 'data') data.push(value)
    else if (name !== '') throw new Error(`The stream has the field ${line}`)
  }
}

async function * lines (body: Readable, state: { text: string }): AsyncGenerator<string, void, undefined> {
  let rest = ''
  for await (const chunk of body.setEncoding('utf8')) {
    state.text += String(chunk)
    rest += String(chunk)
    const complete = rest.split(/\r\n|\n|\r/)
    rest = complete.pop()!
    yield * complete
  }
}
