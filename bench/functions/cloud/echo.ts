export default async function (ctx: { body: unknown }): Promise<unknown> {
  return ctx.body
}
