import { isUtf8 } from 'node:buffer'
import { Type, type Static } from 'typebox'
import { problems, type ProblemCode } from '#shared/errors.ts'
import { maxInvocationBodyBytes, maxInvocationLogLines, type InvocationResponse, type InvocationResult } from '#shared/invocations.ts'
import { routeMethods } from '#shared/routes.ts'
import { askedLimits } from '../functions/limits-schema.ts'
import { functionSourceFields, path as pathPattern, timeoutMs } from '../functions/schema.ts'
import { environmentName } from '../schemas.ts'

const fieldValue = Type.String({ maxLength: 8192, pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$', description: 'What a header can carry, at most 8,192 characters.' })
const base64 = { description: 'Bytes in Base64.' }

const request = Type.Object({
  method: Type.Optional(Type.Enum([...routeMethods], { default: 'GET' })),
  path: Type.Optional(Type.String({ maxLength: 2048, description: 'Left out: the function\'s own, where that has no parameters.' })),
  query: Type.Optional(Type.String({ maxLength: 8192, pattern: '^[!-"$-~]*$', description: 'Percent-encoded, without its question mark.' })),
  headers: Type.Optional(Type.Record(
    Type.String({ pattern: '^[!#$%&\'*+.^_`|~0-9A-Za-z-]{1,200}$' }), Type.Union([fieldValue, Type.Array(fieldValue, { maxItems: 20 })]),
    { maxProperties: 100, additionalProperties: false }
  )),
  params: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 2048 }), {
    maxProperties: 50, description: 'Left out: what the function\'s path makes of `path`.'
  })),
  body: Type.Optional(Type.String({ description: 'Text.' })),
  bodyBase64: Type.Optional(Type.String(base64))
}, { additionalProperties: false })

export const invocationTag = 'Invocations'

export const invocationDraft = Type.Object({
  environment: Type.Optional(environmentName),
  request: Type.Optional(request),
  path: Type.Optional(pathPattern),
  timeoutMs: Type.Optional(timeoutMs),
  limits: Type.Optional(askedLimits),
  ...functionSourceFields
}, {
  title: 'NewInvocation',
  additionalProperties: false,
  description: '`environment` is dev where it is left out. Without a source the newest saved version is run. `path`, `timeoutMs` and `limits` are as they would be saved.'
})

const line = Type.Object({
  time: Type.String({ format: 'date-time' }),
  level: Type.Enum(['debug', 'info', 'warn', 'error']),
  message: Type.String(),
  fields: Type.Record(Type.String(), Type.Unknown())
})

export const invocation = Type.Object({
  requestId: Type.String(),
  response: Type.Union([Type.Object({
    status: Type.Integer(),
    headers: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())])),
    body: Type.Optional(Type.String({ description: 'Where it is UTF-8.' })),
    bodyBase64: Type.Optional(Type.String(base64)),
    truncated: Type.Boolean({ description: `It was longer than ${maxInvocationBodyBytes} bytes, or did not end.` })
  }), Type.Null()]),
  error: Type.Union([Type.Object({
    code: Type.String(), status: Type.Integer({ description: 'What a client would have been answered.' }), title: Type.String(), detail: Type.String()
  }), Type.Null()]),
  logs: Type.Array(line),
  logsTruncated: Type.Boolean({ description: `There were more than ${maxInvocationLogLines} lines, or too much in them.` }),
  durationMs: Type.Number(),
  cpuMs: Type.Union([Type.Number(), Type.Null()], { description: 'Processor time, loading included; `null` where a limit has ended it.' }),
  memoryBytes: Type.Union([Type.Integer(), Type.Null()], { description: 'Heap after the call; `null` where a limit has ended it.' })
}, { title: 'Invocation', description: 'What came of it.' })

/** What a data plane says. */
export const invocationResult = Type.Object({
  requestId: Type.String({ maxLength: 100 }),
  response: Type.Union([Type.Null(), Type.Object({
    status: Type.Integer({ minimum: 200, maximum: 599 }),
    headers: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())])),
    body: Type.String(),
    truncated: Type.Boolean()
  })]),
  error: Type.Union([Type.Null(), Type.Object({ code: Type.Enum(Object.keys(problems) as ProblemCode[]), detail: Type.String() })]),
  logs: Type.Array(Type.Object({
    time: Type.Number({ minimum: 0, maximum: 8.64e15 }), level: line.properties.level, message: Type.String(), fields: Type.Record(Type.String(), Type.Unknown())
  }), { maxItems: maxInvocationLogLines }),
  logsTruncated: Type.Boolean(),
  durationMs: Type.Number({ minimum: 0 }),
  cpuMs: Type.Union([Type.Null(), Type.Number({ minimum: 0 })]),
  memoryBytes: Type.Union([Type.Null(), Type.Integer({ minimum: 0 })])
}, { additionalProperties: false })

export type InvocationDraft = Static<typeof invocationDraft>

export function representInvocation ({ response, error, logs, ...rest }: InvocationResult): Static<typeof invocation> {
  return {
    ...rest,
    response: response && representResponse(response),
    error: error && { code: error.code, status: problems[error.code][0], title: problems[error.code][1], detail: error.detail },
    logs: logs.map(({ time, ...line }) => ({ time: new Date(time).toISOString(), ...line }))
  }
}

function representResponse ({ status, headers, body, truncated }: InvocationResponse): Static<typeof invocation>['response'] {
  const bytes = Buffer.from(body, 'base64')
  const text = truncated ? withoutCutCharacter(bytes) : bytes
  return { status, headers, ...(isUtf8(text) ? { body: text.toString() } : { bodyBase64: body }), truncated }
}

/** A text that was cut in the middle of a character is still one. */
function withoutCutCharacter (bytes: Buffer): Buffer {
  for (let cut = 0; cut <= Math.min(3, bytes.length); cut++) {
    const shorter = bytes.subarray(0, bytes.length - cut)
    if (isUtf8(shorter)) return shorter
  }
  return bytes
}
