import { Type } from 'typebox'

/** RFC 9110, section 5.6.2: a token. */
export const headerNamePattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"
export const headerName = Type.String({ pattern: headerNamePattern, description: 'Name of a header.' })
/** RFC 6749, section 3.3: a scope token. */
export const scope = Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]{1,100}$', description: 'A scope: no spaces, no quotes.' })
/** RFC 9110, section 5.5. */
export const headerValue = Type.String({ pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]{0,4000}$', description: 'Value of a header.' })
