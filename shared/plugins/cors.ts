import { Type, type Static } from 'typebox'

const headerName = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$"

export const corsSchema = Type.Object({
  allowOrigins: Type.Array(Type.String({ pattern: '^(?:\\*|null|[a-z][a-z0-9+.-]*://[^/\\s?#@*,]+)$', maxLength: 300 }), {
    minItems: 1,
    maxItems: 100,
    description: 'Exact origins (`https://app.example.com`), or `*` for every origin. Origins are compared as a whole, never by suffix.'
  }),
  allowMethods: Type.Optional(Type.Array(Type.String({ pattern: '^[A-Z]{1,20}$' }), { maxItems: 20, description: 'Default: GET, HEAD, POST, PUT, PATCH, DELETE.' })),
  allowHeaders: Type.Optional(Type.Array(Type.String({ pattern: headerName }), { maxItems: 100, description: 'Default: whatever the preflight asks for.' })),
  exposeHeaders: Type.Optional(Type.Array(Type.String({ pattern: headerName }), { maxItems: 100 })),
  allowCredentials: Type.Optional(Type.Boolean({ default: false, description: 'Cookies and HTTP authentication; not together with the origin `*`.' })),
  maxAgeSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: 86400, description: 'How long a browser may keep the answer to a preflight.' }))
}, { additionalProperties: false, title: 'cors', description: 'Cross-origin resource sharing (Fetch standard, section 3.2).' })

export type CorsConfig = Static<typeof corsSchema>
