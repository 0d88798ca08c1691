// Responses before requests: undici registers conversions there that requests look up when they are evaluated.
export { Response } from 'undici/lib/web/fetch/response.js'
export { Request } from 'undici/lib/web/fetch/request.js'
export { Headers } from 'undici/lib/web/fetch/headers.js'
export { FormData } from 'undici/lib/web/fetch/formdata.js'
export { abortRequest, createRequest, isResponse, readResponse } from '../fetch/exchange.ts'
export { fetch } from '../fetch/fetch.ts'
