import { execFile } from 'node:child_process'
import { access, mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { checkOut, resolveCommit } from '../../bench/compare/checkout.ts'
import { createStarted } from '../../bench/engine/started.ts'

const run = promisify(execFile)

t.test('another commit stands in a folder of its own, and goes again', async t => {
  const repository = t.testdir()
  const git = async (...args: string[]): Promise<string> => (await run('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], { cwd: repository })).stdout.trim()
  await git('init', '--quiet')
  await mkdir(path.join(repository, 'node_modules'))
  for (const [file, text] of [['package-lock.json', '{}'], ['.gitignore', 'node_modules/\n'], ['program.ts', 'old']] as const) await writeFile(path.join(repository, file), text)
  await git('add', '.')
  await git('commit', '--quiet', '-m', 'Old')
  await git('tag', 'old')
  await writeFile(path.join(repository, 'program.ts'), 'new')
  await git('commit', '--quiet', '-a', '-m', 'New')
  await writeFile(path.join(repository, 'program.ts'), 'not committed')
  const started = createStarted()
  t.teardown(started.close)

  const id = await resolveCommit('old', repository)
  t.equal(id, await git('rev-parse', 'HEAD~1'))
  t.equal(await resolveCommit('older', repository), null)
  t.equal(await resolveCommit('--help', repository), null, 'no option either')

  const { root } = await checkOut(id!, started, repository)
  t.equal(await readFile(path.join(root, 'program.ts'), 'utf8'), 'old')
  t.equal(await readFile(path.join(repository, 'program.ts'), 'utf8'), 'not committed', 'the working tree is as it was')
  t.equal(await readlink(path.join(root, 'node_modules')), path.join(repository, 'node_modules'), 'the same packages')
  await started.close()
  await t.rejects(access(path.dirname(root)))
  t.equal((await git('worktree', 'list')).split('\n').length, 1)
})
