import { Type, type Static } from 'typebox'

export const requestSizeSchema = Type.Object({
  maxBytes: Type.Integer({ minimum: 0, maximum: 1024 ** 4, description: 'Of a request body, as it comes over the connection. A body that says its length is refused before any of it is read, another one as soon as it is longer.' })
}, { additionalProperties: false, title: 'request-size', description: 'Refuses bodies that are too large with 413 `payload_too_large`, whether they are for a function or an upstream. What a function takes has a limit of its own as well (`maxRequestBytes`).' })

export type RequestSizeSettings = Static<typeof requestSizeSchema>
