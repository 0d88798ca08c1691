import { lazyClass } from './lazy-class.ts'

/** For the signal of a writable stream's controller, made with every such stream. */
export const AbortController = lazyClass('events', 'AbortController')
