export { createMultibyteDecoder } from '@exodus/bytes/multi-byte.js'
