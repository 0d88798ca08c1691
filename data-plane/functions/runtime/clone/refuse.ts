import { domException } from '../errors.ts'

/** @throws {DOMException} `DataCloneError`, always */
export function refuse (value: unknown): never {
  const text = typeof value === 'object' && value !== null ? Object.prototype.toString.call(value) : String(value)
  throw domException(`${text.slice(0, 100)} could not be cloned.`, 'DataCloneError')
}
