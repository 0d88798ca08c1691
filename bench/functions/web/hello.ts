export default {
  async fetch (_request: Request): Promise<Response> {
    return Response.json({ message: 'Hello from a function', languages: ['en', 'de', 'nl'], ok: true })
  }
}
