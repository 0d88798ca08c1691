export default async function (): Promise<unknown> {
  return { message: 'Hello from a function', languages: ['en', 'de', 'nl'], ok: true }
}
