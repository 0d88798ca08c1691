import { utf8fromStringLoose, utf8toStringLoose } from '@exodus/bytes/utf8.js'
import { serializeAMimeType } from 'undici/lib/web/fetch/data-url.js'
import { multipartFormDataParser } from 'undici/lib/web/fetch/formdata-parser.js'
import { FormData, setFormDataState } from 'undici/lib/web/fetch/formdata.js'
import type { InnerMessage as UndiciMessage, MimeType } from 'undici/lib/web/fetch/util.js'
import { extractMimeType } from 'undici/lib/web/fetch/util.js'
import { webidl } from 'undici/lib/web/webidl/index.js'
import { scope } from '../scope.ts'
import { toBody } from './body.ts'
import type { Body, Content } from './body.ts'
import { Bytes } from './bytes.ts'

// Stands for `undici/lib/web/fetch/body.js`, whose every body is a stream from the start: making one takes longer than all the
// rest of a `new Response(text)`, and reading it back needs several turns of the microtask queue.

type InnerMessage = UndiciMessage & { body?: Body | null }

export { extractBody } from './extract-body.ts'

/** Undici cancels the streams of fetched responses that were collected unread. */
export const streamRegistry = { register: (): void => {} }

export function cloneBody (body: Body): Body {
  return toBody(body).clone()
}

export function bodyUnusable ({ body }: InnerMessage): boolean {
  return body ? toBody(body).isUnusable : false
}

/** The Body mixin (Fetch, section 5.3) for `Request` and `Response`. */
export function mixinBody (target: { prototype: object }, stateOf: (object: object) => InnerMessage, brandCheck: (value: unknown) => boolean): void {
  const take = (object: object): [content: Content | Promise<Uint8Array>, state: InnerMessage] => {
    webidl.brandCheck(object, brandCheck)
    const state = stateOf(object)
    if (!state.body) return ['', state]
    const body = toBody(state.body)
    if (body.isUnusable) throw new TypeError('Body is unusable: Body has already been read')
    return [body.take(), state]
  }

  const methods = {
    async text () {
      return toText(await take(this)[0])
    },
    async json () {
      return JSON.parse(toText(await take(this)[0])) as unknown
    },
    async bytes () {
      return toOwnBytes(await take(this)[0])
    },
    async arrayBuffer () {
      return toOwnBytes(await take(this)[0]).buffer
    },
    async blob () {
      const [content, state] = take(this)
      return new (scope.use('blob').Blob)([await content], { type: contentType(state) })
    },
    async formData () {
      const [content, state] = take(this)
      return parseForm(await content, extractMimeType(state.headersList))
    },
    textStream () {
      webidl.brandCheck(this, brandCheck)
      const { body } = stateOf(this)
      if (body && toBody(body).isUnusable) throw new TypeError('Body is unusable: Body has already been read')
      const stream = body?.stream ?? new (scope.use('streams').ReadableStream)({ start: controller => controller.close() })
      return (stream as ReadableStream).pipeThrough(new (scope.use('text-streams').TextDecoderStream)())
    },
    get bodyUsed () {
      webidl.brandCheck(this, brandCheck)
      const { body } = stateOf(this)
      return body ? toBody(body).isDisturbed : false
    }
  }
  Object.defineProperties(target.prototype, Object.getOwnPropertyDescriptors(methods))
}

/** Encoding, "UTF-8 decode": a byte order mark is dropped. */
function toText (content: Content): string {
  const text = typeof content === 'string' ? content : utf8toStringLoose(content)
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

function toOwnBytes (content: Content): Uint8Array<ArrayBuffer> {
  return typeof content === 'string' ? utf8fromStringLoose(content) : new Uint8Array(content)
}

function contentType (state: InnerMessage): string {
  const type = extractMimeType(state.headersList)
  return type === 'failure' ? '' : serializeAMimeType(type)
}

function parseForm (content: Content, type: MimeType | 'failure'): FormData {
  const form = new FormData()
  if (type !== 'failure' && type.essence === 'multipart/form-data') {
    setFormDataState(form, multipartFormDataParser(Bytes.view(toOwnBytes(content)), type))
  } else if (type !== 'failure' && type.essence === 'application/x-www-form-urlencoded') {
    for (const [name, value] of new (scope.use('url').URLSearchParams)(toText(content))) form.append(name, value)
  } else {
    throw new TypeError('Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".')
  }
  return form
}
