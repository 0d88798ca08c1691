import t from 'tap'
import { findVariableNames } from '../../control-plane/releases/variable-names.ts'

const found: Array<[source: string, names: string[]]> = [
  ['export0 = ctx => ctx.env.TOKEN', ['TOKEN']],
  ['f = c => [c.env["A"], c.env?.B, c?.env.C]', ['A', 'B', 'C']],
  ['f = ({ env }) => env.A', ['A']],
  ['f = ({ env: { A, B: b, C = 1, ...rest } }) => A', ['A', 'B', 'C']],
  ['f = ({ env: settings = {} }) => settings.A', ['A']],
  ['f = ctx => { const { A } = ctx.env; const e = ctx.env; return e.B }', ['A', 'B']],
  ['function helper (env) { return env.A ?? "none" }', ['A']],
  ['f = ctx => ctx.env[name] + ctx.env[`A`]', []],
  ['f = () => process.env.HOME', []],
  ['f = ctx => ctx.environment.A + ctx.body.B + envy.C', []],
  ['f = ctx => ctx.env["not a name"]', []],
  [`f = ${'['.repeat(20_000)}${']'.repeat(20_000)}`, []],
  ['f = ctx => { ctx.env.A; ctx.env.A }', ['A']]
]

t.test('variables that code reads are seen without running it', async t => {
  for (const [source, names] of found) t.strictSame(findVariableNames(source), names, source.slice(0, 80))
})
