import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** What is started with a folder of its own, which goes when it is closed, or when it does not start. */
export async function inFolder <Made extends { close: () => Promise<void> }> (name: string, make: (folder: string) => Promise<Made>): Promise<Made> {
  const folder = await mkdtemp(path.join(tmpdir(), `imprun-bench-${name}-`))
  const removeFolder = async (): Promise<void> => await rm(folder, { recursive: true, force: true })
  try {
    const made = await make(folder)
    const close = async (): Promise<void> => {
      try {
        await made.close()
      } finally {
        await removeFolder()
      }
    }
    return { ...made, close }
  } catch (error) {
    await removeFolder()
    throw error
  }
}
