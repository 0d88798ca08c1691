import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { debianMirror } from './mirror.ts'
import { run } from './run.ts'

/** The first Debian that has PostgreSQL with DocumentDB. */
const SUITE = 'forky'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Packages that a server of one's own never runs (maintainer scripts, raster maps, logins), said to be there: two thirds of the download
 * hang on them. One whose name is another by now is merely downloaded.
 */
const NOT_NEEDED = /^(libgdal\d+|libsfcgal\d+|postgresql-common|postgresql-client-common|locales|perl|debconf|ssl-cert|proj-data|libpam-modules|libpam-modules-bin)$/

const DOWNLOAD_TIMEOUT_MS = 240_000

/**
 * Unpacks PostgreSQL with DocumentDB and all that they need into `root`, as a chroot of the packages' files: the archives are verified by
 * apt against Debian's key and only unpacked. No maintainer script runs, so there is no base system, which would take longer than the rest.
 */
export async function unpackServer (root: string): Promise<void> {
  const work = path.join(root, 'apt')
  const env = await privateApt(work)
  await run('apt-get', ['-q', 'update'], { env, timeoutMs: DOWNLOAD_TIMEOUT_MS })
  const names = (await run('apt-cache', ['pkgnames'], { env })).split('\n')
  const server = names.filter(name => /^postgresql-\d+-documentdb$/.test(name)).sort().at(-1)
  if (server === undefined) throw new Error(`Debian ${SUITE} has no PostgreSQL with DocumentDB for this architecture`)
  await writeFile(path.join(work, 'status'), names.filter(name => NOT_NEEDED.test(name)).map(installed).join('\n'))
  await run('apt-get', ['-q', '-y', '--download-only', 'install', server, 'dash'], { env, timeoutMs: DOWNLOAD_TIMEOUT_MS })
  await unpackAll(path.join(work, 'cache/archives'), root)
  await finish(root)
  await rm(work, { recursive: true })
}

/** An apt that knows nothing of what is installed here and leaves nothing behind; proxies, credentials and time limits stay the machine's. */
async function privateApt (work: string): Promise<Record<string, string>> {
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'none']) await mkdir(path.join(work, folder), { recursive: true })
  const config = path.join(work, 'apt.conf')
  await writeFile(path.join(work, 'status'), '')
  await writeFile(path.join(work, 'sources.list'), `deb [signed-by=${KEYRING}] ${await debianMirror()} ${SUITE} main\n`)
  await writeFile(config, [
    `Dir::State "${work}/state";`, `Dir::State::status "${work}/status";`, `Dir::Cache "${work}/cache";`,
    `Dir::Etc::sourcelist "${work}/sources.list";`, `Dir::Etc::sourceparts "${work}/none";`,
    `Dir::Etc::preferences "${work}/no-preferences";`, `Dir::Etc::preferencesparts "${work}/none";`,
    'APT::Install-Recommends "0";', 'APT::Default-Release "";', 'APT::Sandbox::User "root";', 'APT::Keep-Downloaded-Packages "1";',
    // A list that could not be had is an error, not a warning: otherwise the packages seem not to exist.
    'APT::Update::Error-Mode "any";', 'Acquire::Languages "none";', 'Acquire::http::Timeout "20";', 'Acquire::https::Timeout "20";', 'Acquire::Retries "2";',
    '#clear APT::Update::Post-Invoke;', '#clear APT::Update::Post-Invoke-Success;', '#clear DPkg::Post-Invoke;'
  ].join('\n'))
  return { APT_CONFIG: config, DEBIAN_FRONTEND: 'noninteractive' }
}

function installed (name: string): string {
  return `Package: ${name}\nStatus: install ok installed\nVersion: 999\nArchitecture: all\nMulti-Arch: foreign\nMaintainer: -\nDescription: -\n`
}

async function unpackAll (archives: string, root: string): Promise<void> {
  // Debian's merged /usr: packages of this suite bring nothing outside of it.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(path.join(root, 'usr', name), { recursive: true })
    await symlink(`usr/${name}`, path.join(root, name))
  }
  const files = (await readdir(archives)).filter(name => name.endsWith('.deb'))
  const unpack = async (): Promise<void> => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) await run('dpkg-deb', ['-x', path.join(archives, file), root])
  }
  await Promise.all([unpack(), unpack()])
}

/** What the maintainer scripts and alternatives would have added, of the little that the server needs. */
async function finish (root: string): Promise<void> {
  for (const folder of ['dev', 'etc', 'tmp', 'runs']) await mkdir(path.join(root, folder), { recursive: true })
  await run('mknod', ['-m', '666', path.join(root, 'dev/null'), 'c', '1', '3'])
  await run('chmod', ['1777', path.join(root, 'tmp')])
  await writeFile(path.join(root, 'etc/passwd'), 'postgres:x:5432:5432::/:/bin/sh\n')
  await writeFile(path.join(root, 'etc/group'), 'postgres:x:5432:\n')
  for (const folder of await extensionFolders(root)) {
    const control = (await readdir(folder)).find(name => /^postgis-\d+\.control$/.test(name))
    if (control !== undefined) await symlink(control, path.join(folder, 'postgis.control'))
  }
}

async function extensionFolders (root: string): Promise<string[]> {
  const versions = path.join(root, 'usr/share/postgresql')
  return (await readdir(versions)).map(version => path.join(versions, version, 'extension'))
}
