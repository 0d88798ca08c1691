import { Type, type Static } from 'typebox'
import { corsSchema } from './cors.ts'
import { keyAuthSchema } from './key-auth.ts'
import { limitCountSchema } from './limit-count.ts'
import { noneSchema } from './none.ts'
import { servedBySchema } from './served-by.ts'

/** `config.plugins` of a gateway or an environment, keyed by plugin name. Names follow Apache APISIX where it has the plugin. */
export const pluginsSchema = Type.Object({
  'key-auth': Type.Optional(keyAuthSchema),
  none: Type.Optional(noneSchema),
  cors: Type.Optional(corsSchema),
  'limit-count': Type.Optional(limitCountSchema),
  'served-by': Type.Optional(servedBySchema)
}, { additionalProperties: false })

export type Plugins = Static<typeof pluginsSchema>
