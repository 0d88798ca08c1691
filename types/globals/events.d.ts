interface EventInit { bubbles?: boolean, cancelable?: boolean, composed?: boolean }

interface Event {
  readonly type: string
  readonly target: EventTarget | null
  readonly currentTarget: EventTarget | null
  readonly eventPhase: number
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly defaultPrevented: boolean
  readonly isTrusted: boolean
  readonly timeStamp: number
  composedPath: () => EventTarget[]
  preventDefault: () => void
  stopImmediatePropagation: () => void
  stopPropagation: () => void
}

declare var Event: { prototype: Event, new (type: string, init?: EventInit): Event }

interface CustomEvent<Detail = unknown> extends Event {
  readonly detail: Detail
}

declare var CustomEvent: {
  prototype: CustomEvent
  new <Detail = unknown> (type: string, init?: EventInit & { detail?: Detail }): CustomEvent<Detail>
}

type EventListenerOrEventListenerObject = ((event: Event) => void) | { handleEvent: (event: Event) => void }
interface AddEventListenerOptions { capture?: boolean, once?: boolean, passive?: boolean, signal?: AbortSignal }

interface EventTarget {
  addEventListener: (type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean) => void
  dispatchEvent: (event: Event) => boolean
  removeEventListener: (type: string, listener: EventListenerOrEventListenerObject | null, options?: { capture?: boolean } | boolean) => void
}

declare var EventTarget: { prototype: EventTarget, new (): EventTarget }

interface AbortController {
  readonly signal: AbortSignal
  abort: (reason?: unknown) => void
}

declare var AbortController: { prototype: AbortController, new (): AbortController }

interface AbortSignal extends EventTarget {
  readonly aborted: boolean
  readonly reason: unknown
  onabort: ((this: AbortSignal, event: Event) => unknown) | null
  throwIfAborted: () => void
}

declare var AbortSignal: {
  prototype: AbortSignal
  abort: (reason?: unknown) => AbortSignal
  any: (signals: Iterable<AbortSignal>) => AbortSignal
  timeout: (milliseconds: number) => AbortSignal
}

interface DOMException extends Error {
  readonly code: number
}

declare var DOMException: { prototype: DOMException, new (message?: string, name?: string): DOMException }
