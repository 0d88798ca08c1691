import { readFile, readdir } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import path from 'node:path'
import { parse, type AssignmentExpression, type Node } from 'acorn'
import { ancestor } from 'acorn-walk'
import t from 'tap'

const root = path.resolve(import.meta.dirname, '../..')
const functions = new Set(['ArrowFunctionExpression', 'FunctionExpression', 'FunctionDeclaration'])

/** Lines on which a function that is written there becomes a property of something, other than once when the module is loaded. */
function assigned (text: string): number[] {
  const lines: number[] = []
  ancestor(parse(stripTypeScriptTypes(text), { ecmaVersion: 'latest', sourceType: 'module', locations: true }), {
    AssignmentExpression: (node: AssignmentExpression, _state: unknown, ancestors: Node[]) => {
      const isInside = ancestors.some(({ type }) => functions.has(type))
      if (isInside && node.left.type === 'MemberExpression' && functions.has(node.right.type)) lines.push(node.loc!.start.line)
    }
  })
  return lines
}

t.test('no function is written where it is made a property: V8 puts those into its old generation, with all that they hold', async t => {
  t.strictSame(assigned(`
    class Asking {
      #end
      begin (exchange) {
        exchange.cancel = () => this.end()
        this.#end ??= function () {}
        const cancel = () => this.end()
        exchange.cancel = cancel
        exchange.running = { cancel: () => this.end() }
      }
    }`), [5, 6])
  const offences: string[] = []
  for (const folder of ['data-plane', 'shared']) {
    const files = (await readdir(path.join(root, folder), { recursive: true })).filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    t.ok(files.length > 50)
    for (const file of files) offences.push(...assigned(await readFile(path.join(root, folder, file), 'utf8')).map(line => `${folder}/${file}:${line}`))
  }
  t.strictSame(offences, [])
})
