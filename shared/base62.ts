import { randomInt } from 'node:crypto'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `length` characters, each drawn uniformly from 0-9A-Za-z by the system's cryptographic generator (5.95 bits a character). */
export function randomBase62 (length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += alphabet[randomInt(62)]
  return text
}

/** A non-negative integer below 62^length, in exactly `length` characters. */
export function encodeBase62 (value: number, length: number): string {
  let text = ''
  for (let rest = value, i = 0; i < length; i++, rest = Math.floor(rest / 62)) text = `${alphabet[rest % 62]}${text}`
  return text
}
