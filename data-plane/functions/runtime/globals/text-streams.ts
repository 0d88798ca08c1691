export { TextDecoderStream, TextEncoderStream } from '@exodus/bytes/encoding.js'
