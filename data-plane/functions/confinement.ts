import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Logger } from '#shared/log.ts'

/** How a sandbox process is shut in, as well as this machine allows it. */
export interface Confinement {
  /** Nothing but Node.js, the sandbox's own program and one folder to see, no network, no other process. */
  isWrapped: boolean
  /** Whom it goes on as; `null`: the one who started it. */
  user: number | null
  /** The folder for its socket, as the process sees it. */
  folder: (outside: string) => string
  /** The folder with the socket of the egress, as the process sees it. */
  egressFolder: (outside: string) => string
  command: (folders: SandboxFolders, nodeArguments: string[]) => { file: string, args: string[] }
}

/** What a sandbox sees beside Node.js and its native modules. */
export interface SandboxFolders {
  /** Its bundle; wherever that is named among the arguments, it stands for where the process sees it. */
  program: string
  own: string
  /** `null`: no outbound requests. */
  egress: string | null
}

/** Has no name and owns nothing: "nobody" on most systems. */
const unprivilegedUser = 65_534
const maxOpenFiles = 1_024
/** A sandbox has no reason to write a file. */
const maxFileBytes = 1024 * 1024
const probeDeadlineMs = 10_000

const root = path.join(import.meta.dirname, '..', '..')
/** What a bundle cannot hold. */
const nativeModules = ['node_modules/isolated-vm', 'node_modules/node-gyp-build']
const insideRoot = '/imprun'
const insideFolder = '/sandbox'
const insideEgressFolder = '/egress'

/**
 * The strictest way to start a sandbox that works here; says in one line what is missing.
 * @param program the bundle of `sandbox/probe.ts`
 * @param bubblewraps where bubblewrap may be
 * @throws where not even the plainest way works
 */
export async function chooseConfinement (program: string, logger: Logger, bubblewraps = ['/usr/bin/bwrap', '/usr/local/bin/bwrap', '/bin/bwrap']): Promise<Confinement> {
  const isRoot = process.getuid?.() === 0
  const bubblewrap = bubblewraps.find(existsSync)
  const candidates: Confinement[] = []
  if (bubblewrap !== undefined) candidates.push(wrapped(bubblewrap, isRoot ? unprivilegedUser : null))
  if (isRoot) candidates.push(plain(unprivilegedUser))
  candidates.push(plain(null))
  for (const candidate of candidates) {
    const failure = await probe(candidate, program)
    if (failure === null) {
      report(candidate, isRoot, bubblewrap, logger)
      return candidate
    }
    logger.debug({ isWrapped: candidate.isWrapped, user: candidate.user, failure }, 'sandboxes cannot be started like this')
  }
  throw new Error('No sandbox process can be started')
}

function plain (user: number | null): Confinement {
  return {
    isWrapped: false,
    user,
    folder: outside => outside,
    egressFolder: outside => outside,
    // NODE_PATH: the bundle is not where the native modules are.
    command: (_folders, nodeArguments) => assemble([process.execPath, ...nodeArguments], [`NODE_PATH=${path.join(root, 'node_modules')}`])
  }
}

/** bwrap(1): namespaces of its own for everything that has one, and a file system that is put together from nothing, to be read only. */
function wrapped (bubblewrap: string, user: number | null): Confinement {
  const bind = (source: string, target = source): string[] => ['--ro-bind', source, target]
  // Not `--die-with-parent`: a sandbox finishes what it has begun when its supervisor is killed, and the next supervisor sees to the rest.
  const namespaces = ['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--new-session']
  // Until it has given up being root, it has to read its program, whoever owns it, and to become somebody else.
  const capabilities = user === null ? [] : ['--cap-drop', 'ALL', ...['CAP_SETUID', 'CAP_SETGID', 'CAP_DAC_OVERRIDE'].flatMap(name => ['--cap-add', name])]
  const files = [...bind(process.execPath), ...sharedObjects().flatMap(file => bind(file)), ...nativeModules.flatMap(name => bind(path.join(root, name), path.join(insideRoot, name)))]
  return {
    isWrapped: true,
    user,
    folder: () => insideFolder,
    egressFolder: () => insideEgressFolder,
    command: ({ program, own, egress }, nodeArguments) => assemble([
      bubblewrap, ...namespaces, ...capabilities, ...files, ...bind(program, insidePath(program)), '--bind', own, insideFolder, ...(egress === null ? [] : bind(egress, insideEgressFolder)),
      '--remount-ro', '/', '--chdir', '/',
      process.execPath, ...nodeArguments.map(argument => argument === program ? insidePath(program) : argument)
    ])
  }
}

function insidePath (program: string): string {
  return path.join(insideRoot, path.basename(program))
}

/** The libraries that this very program was started with. */
function sharedObjects (): string[] {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean }
  report.excludeNetwork = true
  const { sharedObjects: objects } = report.getReport() as { sharedObjects?: string[] }
  return (objects ?? []).filter(file => file.startsWith('/') && !file.endsWith('.node') && existsSync(file))
}

/**
 * `env -i`, because whatever instruments this process may put NODE_OPTIONS into the environment of each child, an empty one included.
 * No core dumps: they would hold tenants' secrets.
 */
function assemble (command: string[], environment: string[] = []): { file: string, args: string[] } {
  const limiter = ['/usr/bin/prlimit', '/bin/prlimit'].find(existsSync)
  const limits = limiter === undefined ? [] : [limiter, '--core=0', `--nofile=${maxOpenFiles}`, `--fsize=${maxFileBytes}`]
  return { file: '/usr/bin/env', args: ['-i', ...environment, ...limits, ...command] }
}

/** `null`: a sandbox can start like this; otherwise what was in the way. */
async function probe (confinement: Confinement, program: string): Promise<string | null> {
  const { file, args } = confinement.command({ program, own: import.meta.dirname, egress: null }, ['--no-node-snapshot', program, String(confinement.user ?? '')])
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const child = spawn(file, args, { env: {}, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] })
  const deadline = setTimeout(() => child.kill('SIGKILL'), probeDeadlineMs)
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(0, 1_000) })
  child.once('error', error => resolve(error.message))
  child.once('close', (code, signal) => resolve(code === 0 ? null : `${signal ?? code}: ${said}`))
  const failure = await promise
  clearTimeout(deadline)
  return failure
}

function report ({ isWrapped, user }: Confinement, isRoot: boolean, bubblewrap: string | undefined, logger: Logger): void {
  const missing: string[] = []
  if (!isWrapped) {
    missing.push(bubblewrap === undefined
      ? 'bubblewrap is not installed, so sandboxes can see the file system and the network'
      : 'bubblewrap is not allowed to work here, so sandboxes can see the file system and the network')
  }
  if (isRoot && user === null) missing.push('sandboxes run as root')
  if (missing.length > 0) logger.warn(missing.join('; '))
  else logger.info({ user }, 'sandboxes run under bubblewrap, without network and file system')
}
