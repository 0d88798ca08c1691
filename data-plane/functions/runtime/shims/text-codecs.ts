import { utf8fromStringLoose, utf8toStringLoose } from '@exodus/bytes/utf8.js'

// As much of the two classes as packages use that only ever ask for UTF-8, whole texts, and a byte order mark left where it is.

export class TextEncoder {
  encode (text: string): Uint8Array {
    return utf8fromStringLoose(text)
  }
}

export class TextDecoder {
  decode (bytes: Uint8Array): string {
    return utf8toStringLoose(bytes)
  }
}
