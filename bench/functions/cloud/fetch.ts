export default async function (ctx: { env: { BACKEND: string } }): Promise<unknown> {
  const answer = await fetch(ctx.env.BACKEND)
  return { answered: await answer.json() }
}
