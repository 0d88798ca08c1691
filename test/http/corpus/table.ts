import { paths, type RawCase } from './cases.ts'

/** The table of docs/paths.md: `node test/http/corpus/table.ts` prints it. */
export function pathTable (): string {
  return ['| `GET …` | upstream and functions see |', '| --- | --- |', ...paths.map(row)].join('\n')
}

function row ({ name, direct }: RawCase): string {
  const [status, seen] = direct.split(' ')
  return `| ${code(name)} | ${seen === undefined ? `nothing: ${status}` : code(seen)} |`
}

/** What Markdown or an eye could misread is written as JSON writes it. */
function code (text: string): string {
  const plain = text.replace(/[^ -~]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).replaceAll('|', '\\|')
  const fence = plain.includes('`') ? '``' : '`'
  return plain === '' ? '(nothing)' : `${fence}${plain}${fence}`
}

if (import.meta.main) process.stdout.write(`${pathTable()}\n`)
