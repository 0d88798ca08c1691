import { Type, type Static } from 'typebox'
import { standardEncodings, standardLevels, standardMinBytes, standardTypes, type Encoding } from './defaults.ts'

const level = (encoding: Encoding, maximum: number) => Type.Optional(Type.Integer({ minimum: 1, maximum, default: standardLevels[encoding] }))

export const compressionSchema = Type.Object({
  encodings: Type.Optional(Type.Array(Type.Enum(['br', 'zstd', 'gzip']), {
    minItems: 1, maxItems: 3, uniqueItems: true, default: standardEncodings, description: 'In the order in which they are taken where a client likes them equally.'
  })),
  minBytes: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000_000, default: standardMinBytes, description: 'Smaller bodies stay as they are. One whose length nobody knows beforehand counts as large.' })),
  types: Type.Optional(Type.Array(Type.String({ pattern: "^[a-z0-9!#$&^_.-]{1,60}/(?:\\*(?:\\+[a-z0-9.-]{1,30})?|[a-z0-9!#$&^_.+-]{1,80})$" }), {
    minItems: 1, maxItems: 50, default: standardTypes, description: 'Media types, also `text/*` and `application/*+json`. `text/event-stream` is none of `text/*`: it is to be named.'
  })),
  levels: Type.Optional(Type.Object({ br: level('br', 6), zstd: level('zstd', 9), gzip: level('gzip', 9) }, {
    additionalProperties: false, description: 'How hard to try: higher is smaller and slower.'
  }))
}, {
  additionalProperties: false,
  title: 'compression',
  description: 'Compresses what functions and upstreams answer, in the encoding that the client likes best (`Accept-Encoding`, RFC 9110, section 12.5.3). What is encoded already, has ' +
    '`Cache-Control: no-transform`, is part of something or is of another type stays as it is. Streams are compressed as they come, and nothing of them is kept back; ' +
    'strong validators become weak ones. An answer that holds a secret beside what a stranger has sent, such as a token in a page that repeats its query, tells ' +
    'the secret by its length once it is compressed (BREACH): leave such routes out, or have them answer with `Cache-Control: no-transform`.'
})

export type CompressionSettings = Static<typeof compressionSchema>
