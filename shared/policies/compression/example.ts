import type { PolicyExample } from '../example.ts'
import type { CompressionSettings } from './schema.ts'

export const compressionExample: PolicyExample<CompressionSettings> = {
  settings: { encodings: ['br', 'gzip'], minBytes: 5 },
  request: { path: '/hello', headers: { 'accept-encoding': 'gzip;q=0.8, br' } },
  answer: { status: 200, headers: { 'content-encoding': 'br', vary: 'Accept-Encoding' } }
}
