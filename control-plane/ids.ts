import { randomInt } from 'node:crypto'

/** No vowels, so that no id reads as a word; no 0, 1 and l, which look like others. */
const letters = 'bcdfghjkmnpqrstvwxz'
const alphabet = `${letters}23456789`
const clientIdAlphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Ten characters that begin with a letter: 47 bits, and a name that fits every host. */
export function createGatewayId (): string {
  return random(letters, 1) + random(alphabet, 9)
}

/** Twelve of `[a-z0-9]`: 62 bits. */
export function createClientId (): string {
  return random(clientIdAlphabet, 12)
}

function random (alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
