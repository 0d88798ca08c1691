/**
 * Every problem that imprun can answer with: code, HTTP status and public title, in one place.
 * Answers are `application/problem+json` (RFC 9457). A code is stable once released; clients branch on it.
 * Only what a `Problem` carries ever reaches a caller; anything else thrown becomes `internal`.
 */
export const problems = {
  // the request itself
  malformed_request: [400, 'The request could not be read'],
  validation_failed: [400, 'Some fields are not valid'],
  build_failed: [400, 'The source does not compile'],
  host_invalid: [400, 'The Host header is not valid'],
  unauthorized: [401, 'A valid admin token is required'],
  request_timeout: [408, 'The request did not arrive in time'],
  payload_too_large: [413, 'The request body is too large'],
  headers_too_large: [431, 'The request headers are too large'],
  unsupported_media_type: [415, 'The media type of the body is not supported'],
  expectation_failed: [417, 'The expectation cannot be met'],
  precondition_failed: [412, 'The resource has changed since it was read'],
  conflict: [409, 'The request conflicts with the current state'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'The method is not allowed here'],
  too_many_requests: [429, 'Too many requests'],
  overloaded: [503, 'There is too much to do at the moment'],
  store_unavailable: [503, 'The store does not answer'],
  internal: [500, 'Something went wrong'],

  // admin API, by resource
  api_gateway_not_found: [404, 'There is no such gateway'],
  api_gateway_exists: [409, 'A gateway with this id exists'],
  document_too_large: [409, 'The gateway is too large for one document'],
  environment_not_found: [404, 'There is no such environment'],
  environment_exists: [409, 'An environment with this name exists'],
  environment_is_default: [409, 'The default environment cannot be deleted'],
  client_not_found: [404, 'There is no such client'],
  client_name_taken: [409, 'Another client of this environment has this name'],
  client_limit_reached: [409, 'The environment has as many clients as it can hold'],
  variable_not_found: [404, 'There is no such variable'],
  variable_limit_reached: [409, 'The environment has as many variables as it can hold'],
  upstream_not_found: [404, 'There is no such upstream'],
  upstream_limit_reached: [409, 'The environment has as many upstreams as it can hold'],
  upstream_in_use: [409, 'The environment serves routes that go to this upstream'],
  kv_entry_not_found: [404, 'There is nothing under this key'],
  kv_limit_exceeded: [409, 'The key-value store of the environment is full'],
  function_not_found: [404, 'There is no such function'],
  function_exists: [409, 'A function with this name exists'],
  no_data_plane: [503, 'No data plane is connected that serves the environment'],
  invocation_timeout: [504, 'The data plane did not answer in time'],
  request_unknown: [404, 'Nothing is known of this request'],
  question_not_found: [404, 'Nobody waits for this answer'],
  invocation_not_found: [404, 'Nobody waits for this invocation'],
  schedule_not_found: [404, 'There is no such schedule'],
  schedule_not_due: [409, 'The schedule is not due then'],
  schedule_run_not_found: [404, 'There is no such run of a schedule'],
  function_not_deployable: [409, 'There is no environment to deploy to'],
  registry_unavailable: [503, 'The npm registry does not answer'],
  route_conflict: [409, 'Another function answers this route'],
  release_not_found: [404, 'There is no such release'],
  nothing_to_promote: [409, 'There is nothing to release'],
  release_refused: [409, 'The preflight refuses the release'],
  nothing_served: [409, 'The environment serves nothing yet'],
  canary_not_found: [404, 'The environment has no canary'],
  canary_in_progress: [409, 'The environment has a canary'],
  preview_not_found: [404, 'There is no such preview'],
  data_plane_denied: [403, 'The data-plane token does not open this'],
  data_plane_token_not_found: [404, 'There is no such data-plane token'],
  data_plane_token_exists: [409, 'Another data-plane token has this name'],
  data_plane_token_limit_reached: [409, 'There are as many data-plane tokens as there can be'],
  preview_limit_reached: [409, 'The environment has as many previews as it can hold'],

  // traffic
  host_unknown: [404, 'No gateway answers on this host'],
  environment_unusable: [503, 'What is served here cannot be used at the moment'],
  preview_expired: [410, 'The preview on this host has expired'],
  route_not_found: [404, 'No function answers this path'],
  api_key_missing: [401, 'An API key is required'],
  api_key_invalid: [401, 'The API key is not valid'],
  api_key_disabled: [401, 'The client of this API key is disabled'],
  api_key_expired: [401, 'The API key has expired'],
  api_key_other_environment: [401, 'The API key belongs to another environment'],
  credentials_missing: [401, 'Credentials are required'],
  credentials_invalid: [401, 'The credentials are not valid'],
  client_unknown: [401, 'No client of this environment has these credentials'],
  client_disabled: [401, 'The client is disabled'],
  client_expired: [401, 'The client has expired'],
  token_invalid: [401, 'The token is not valid'],
  token_expired: [401, 'The token has expired'],
  signature_invalid: [401, 'The signature is not valid'],
  certificate_invalid: [401, 'The certificate is not valid'],
  identity_unavailable: [503, 'Who calls cannot be found out at the moment'],
  scope_missing: [403, 'The client may not do this'],
  address_denied: [403, 'This address may not send requests here'],
  client_outdated: [426, 'The client is too old'],
  request_invalid: [400, 'The request is not what the API takes'],
  fault_injected: [500, 'The request fails on purpose'],
  rate_limit_exceeded: [429, 'The rate limit is exceeded'],
  concurrency_exceeded: [429, 'Too many requests at once'],
  quota_exceeded: [429, 'The quota is used up'],
  limit_unavailable: [503, 'Requests cannot be counted at the moment'],
  function_failed: [500, 'The function failed'],
  function_result_invalid: [500, 'The function returned something that is not a response'],
  function_response_too_large: [500, 'The function returned more than it may'],
  function_memory_exceeded: [500, 'The function exceeded its memory'],
  function_timeout: [504, 'The function took too long'],
  function_overloaded: [503, 'The function has too many calls at once'],
  function_unavailable: [503, 'The function cannot be run at the moment'],
  sandbox_lost: [503, 'The sandbox of the function stopped'],
  upstream_missing: [503, 'The environment does not have the upstream of this route'],
  upstream_overloaded: [503, 'The upstream has too many requests at once'],
  upstream_circuit_open: [503, 'The upstream has failed too often of late'],
  upstream_unreachable: [502, 'The upstream cannot be reached'],
  upstream_failed: [502, 'The upstream did not answer as it should'],
  upstream_timeout: [504, 'The upstream took too long'],
  websocket_unsupported: [501, 'No WebSocket is answered here'],
  websocket_version_unsupported: [426, 'This version of the WebSocket protocol is not supported'],
  origin_denied: [403, 'This origin may not open a WebSocket here'],
  upstream_loop: [508, 'The request has come through here too often'],
  not_kept: [504, 'No answer to it is kept, and the request wants no other'],
  body_invalid: [400, 'The request body could not be parsed'],
  configuration_stale: [503, 'The configuration is older than the gateway allows'],
  not_ready: [503, 'Not ready to serve yet']
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof problems

/** One bad field: `pointer` is a JSON Pointer (RFC 6901) into the body, or `/query/…`, `/params/…`, `/headers/…` elsewhere. */
export interface FieldError {
  pointer: string
  /** What was expected, in words that a person can act on. */
  detail: string
  /** Where in a source file the fault is, both counted from 1. */
  file?: string
  line?: number
  column?: number
}

export interface ProblemOptions {
  errors?: FieldError[]
  headers?: Record<string, string>
  /** Further public members of the problem document. */
  extra?: Record<string, unknown>
  cause?: unknown
}

/** The problem document (RFC 9457, section 3) with imprun's extension members. */
export interface ProblemDocument {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  requestId: string
  errors?: FieldError[]
  [extension: string]: unknown
}

/** An error whose text is meant for the caller. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly statusCode: number
  readonly title: string
  readonly errors: FieldError[] | undefined
  readonly headers: Record<string, string>
  readonly extra: Record<string, unknown>

  constructor (code: ProblemCode, detail?: string, options: ProblemOptions = {}) {
    const [status, title] = problems[code]
    super(detail ?? `${title}.`, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.statusCode = status
    this.title = title
    this.errors = options.errors
    this.headers = options.headers ?? {}
    this.extra = options.extra ?? {}
  }

  toDocument (requestId: string): ProblemDocument {
    return problemDocument(this.code, this.message, requestId, this.errors, this.extra)
  }
}

/** Where an answer is decided without a throw: the same document without the cost of an Error's stack. */
export function problemDocument (
  code: ProblemCode, detail: string | undefined, requestId: string, errors?: FieldError[], extra?: Record<string, unknown>
): ProblemDocument {
  const [status, title] = problems[code]
  return {
    type: `https://imprun.dev/problems/${code.replaceAll('_', '-')}`,
    title,
    status,
    detail: detail ?? `${title}.`,
    code,
    requestId,
    ...(errors && { errors }),
    ...extra
  }
}

export const problemContentType = 'application/problem+json'
