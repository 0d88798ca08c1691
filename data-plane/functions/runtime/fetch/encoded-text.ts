/**
 * Text where undici has bytes. `Response.json()` encodes what it serialised; a body keeps it as text instead, because that is
 * what leaves the isolate, and encodes it only for who asks for bytes.
 */
export class EncodedText {
  readonly text: string

  constructor (text: string) {
    this.text = text
  }
}
