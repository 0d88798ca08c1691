import type { PolicyDecision, PolicyModule } from '../policy.ts'
import type { RequestSizeSettings } from './schema.ts'

export const requestSize: PolicyModule<RequestSizeSettings> = {
  // Before whatever would have the body held.
  priority: 450,
  compile: ({ maxBytes }) => {
    const tooLarge: PolicyDecision = {
      // Nobody reads what follows, so nobody knows where the next request begins.
      kind: 'refusal', code: 'payload_too_large', detail: `This API takes a body of ${maxBytes} bytes at most.`, headers: { connection: 'close' }
    }
    return {
      maxBodyBytes: maxBytes,
      meet: ({ headers }) => Number(headers['content-length'] ?? 0) > maxBytes ? tooLarge : null
    }
  }
}
