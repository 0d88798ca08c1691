// Stands for the modules of other encodings. The URL API always encodes a query as UTF-8; other encodings are for documents.

export const E_ENCODING = 'Unknown encoding'

export function normalizeEncoding (): string {
  return 'utf-8'
}

export function isMultibyte (): boolean {
  return false
}

function refuse (): never {
  throw new RangeError(E_ENCODING)
}

export { refuse as getMultibyteEncoder, refuse as createSinglebyteEncoder, refuse as encodeMap }
