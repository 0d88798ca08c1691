/** Shown on the policy's page, and tried by a test. At a gateway `shop` whose function `hello` answers `GET /hello` and `POST /hello` of anyone with the text `hello`. */
export interface PolicyExample<Settings> {
  settings: Settings
  request: { method?: 'GET' | 'POST', path: string, headers?: Record<string, string>, body?: string }
  answer: { status: number, headers?: Record<string, string>, body?: string }
}
