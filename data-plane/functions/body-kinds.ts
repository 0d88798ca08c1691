/** How the body of a result is to be understood. One of the usual content types is told by a number, so that no headers are written and read. */
export const bodyKinds = {
  /** No body and no headers. */
  none: 0,
  /** `application/json` */
  json: 1,
  /** `text/plain; charset=utf-8` */
  text: 2,
  /** `application/octet-stream` */
  bytes: 3,
  /** The headers say it. */
  custom: 4,
  /** The headers say it; the body follows in chunks. */
  stream: 5
} as const

/** UTF-16 units that the JSON of a response's headers has at most. */
export const maxHeadersUnits = 32 * 1024
