import { readFile } from 'node:fs/promises'

/** The text of a configuration in which `{{name}}` stands for a value. @throws {Error} where a value is missing, or one is not asked for */
export async function readTemplate (file: URL, values: Readonly<Record<string, string | number>>): Promise<string> {
  return fillTemplate(await readFile(file, 'utf8'), values)
}

export function fillTemplate (text: string, values: Readonly<Record<string, string | number>>): string {
  const used = new Set<string>()
  const filled = text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`A configuration asks for "${name}", which nothing was said about`)
    used.add(name)
    return String(value)
  })
  const unused = Object.keys(values).find(name => !used.has(name))
  if (unused !== undefined) throw new Error(`No configuration asks for "${unused}"`)
  return filled
}
