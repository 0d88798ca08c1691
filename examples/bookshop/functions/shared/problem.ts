/** One bad field: where it is (a JSON Pointer into the body, or `/query/…`), and what was expected. */
export interface FieldError {
  pointer: string
  detail: string
}

/** An answer of this shop that says what is wrong (RFC 9457). */
export function problem (status: number, code: string, detail: string, errors?: FieldError[]): Response {
  return Response.json({ title: titles[status] ?? 'Error', status, code, detail, ...(errors && { errors }) }, {
    status,
    headers: { 'content-type': 'application/problem+json' }
  })
}

export function invalid (errors: FieldError[]): Response {
  return problem(422, 'fields_invalid', errors.length === 1 ? 'One field is not valid.' : `${errors.length} fields are not valid.`, errors)
}

const titles: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Content'
}
