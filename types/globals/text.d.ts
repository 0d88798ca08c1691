interface TextEncoder {
  readonly encoding: 'utf-8'
  encode: (text?: string) => Uint8Array<ArrayBuffer>
  encodeInto: (text: string, destination: Uint8Array) => { read: number, written: number }
}

declare var TextEncoder: { prototype: TextEncoder, new (): TextEncoder }

interface TextDecoderOptions { fatal?: boolean, ignoreBOM?: boolean }

interface TextDecoder {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  decode: (bytes?: BufferSource | ArrayBufferView, options?: { stream?: boolean }) => string
}

declare var TextDecoder: { prototype: TextDecoder, new (label?: string, options?: TextDecoderOptions): TextDecoder }

interface TextEncoderStream extends ReadableWritablePair<Uint8Array<ArrayBuffer>, string> {
  readonly encoding: 'utf-8'
}

declare var TextEncoderStream: { prototype: TextEncoderStream, new (): TextEncoderStream }

interface TextDecoderStream extends ReadableWritablePair<string, BufferSource> {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
}

declare var TextDecoderStream: { prototype: TextDecoderStream, new (label?: string, options?: TextDecoderOptions): TextDecoderStream }

/** Of Base64, to a text with a character for each byte. */
declare function atob (text: string): string
declare function btoa (text: string): string
