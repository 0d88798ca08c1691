import type { Test } from 'tap'

/** For the time of the test, `os.tmpdir()` of this process is a folder of its own: what stays behind can be seen. */
export function temporaryFilesIn (t: Test): string {
  const { TMPDIR: before } = process.env
  const folder = t.testdir()
  process.env.TMPDIR = folder
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  return folder
}
