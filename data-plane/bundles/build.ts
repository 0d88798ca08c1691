import { buildSandboxScripts, type SandboxScripts } from '../functions/scripts.ts'
import { buildPrograms, type Programs } from './programs.ts'

/** What sandboxes and the egress are started with. */
export interface Bundles {
  scripts: SandboxScripts
  programs: Programs
}

/** @param inputs to which every file is added that they are made of */
export async function buildBundles (inputs = new Set<string>()): Promise<Bundles> {
  const [scripts, programs] = await Promise.all([buildSandboxScripts(inputs), buildPrograms(inputs)])
  return { scripts, programs }
}
