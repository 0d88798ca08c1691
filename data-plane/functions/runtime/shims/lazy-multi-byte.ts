import { scope } from '../scope.ts'
import type { GroupExports } from '../scope.ts'

type Create = GroupExports['legacy-encodings']['createMultibyteDecoder']

/** Stands in for the module that `@exodus/bytes/encoding.js` takes its multi-byte decoders from. */
export const createMultibyteDecoder: Create = (encoding, loose) =>
  scope.use('legacy-encodings').createMultibyteDecoder(encoding, loose)

/** Registered beside the decoders; `TextEncoder` knows UTF-8 alone, so nothing asks for it. */
export const multibyteEncoder = undefined
