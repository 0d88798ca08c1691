/** What of the runtime's own globals is used here. */
declare const Bun: {
  serve: (options: { hostname: string, port: number, development: boolean, fetch: (request: Request) => Promise<Response> }) => unknown
}

const [file, port] = process.argv.slice(2) as [string, string]
const { default: { fetch } } = await import(file) as { default: { fetch: (request: Request) => Promise<Response> } }
Bun.serve({ hostname: '127.0.0.1', port: Number(port), development: false, fetch })
