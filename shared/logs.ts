/** From the least severe to the most. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = typeof logLevels[number]

/**
 * What functions said, on its way from an edge worker to the control plane: `POST /v1/data-plane/logs`, answered 204.
 *
 * A worker sends one batch at a time, again and again until it is answered, so a batch whose number is not above the last one from the
 * same origin is stored already.
 */
export interface LogBatch {
  /** Made by a worker when it starts: no other one has it. */
  origin: string
  /** 1, 2, 3 within the origin. */
  sequence: number
  lines: LogLine[]
}

export interface LogLine {
  /** Milliseconds since the epoch. */
  time: number
  level: LogLevel
  gatewayId: string
  environment: string
  /** `null`, as the next one: the line is about the environment. */
  functionName: string | null
  versionId: string | null
  /** `null`: of no request in particular. */
  requestId: string | null
  message: string
  /** JSON of an object, or empty. Text, because it is a tenant's: no parser on the way has to stand its members. */
  fields: string
}

/** In UTF-16 units: a longer message is cut, and longer fields are left out. */
export const maxMessageUnits = 16_384
export const maxFieldsUnits = 16_384
/** Of one batch. */
export const maxBatchLines = 500
