import { URL as urlInterface, URLSearchParams as searchParamsInterface } from 'whatwg-url/webidl2js-wrapper.js'

const realm = { Array, Object, Promise, String, TypeError }
urlInterface.install(realm, ['Worker'])
searchParamsInterface.install(realm, ['Worker'])

/** What was installed. */
export const { URL, URLSearchParams } = realm as unknown as Pick<typeof globalThis, 'URL' | 'URLSearchParams'>
