import { backend } from './backend.ts'

export default {
  async fetch (_request: Request): Promise<Response> {
    const answer = await fetch(backend)
    return Response.json({ answered: await answer.json() })
  }
}
