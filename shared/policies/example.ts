/** Shown on the policy's page, and tried by a test. At a gateway `shop` whose function `hello` answers `GET /hello` of anyone with the text `hello`. */
export interface PolicyExample<Settings> {
  settings: Settings
  request: { method?: string, path: string, headers?: Record<string, string> }
  answer: { status: number, headers?: Record<string, string>, body?: string }
}
