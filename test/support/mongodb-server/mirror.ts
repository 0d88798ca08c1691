import { run } from './run.ts'

const PLAIN_MIRROR = 'http://deb.debian.org/debian'

/**
 * Where this machine gets Debian from, as its own apt is set up (whatever the form of its files), without the suite: a machine may reach
 * no other mirror. The security archive and others' archives do not count. apt's proxies and credentials hold by themselves.
 */
export async function debianMirror (): Promise<string> {
  // Also of what it has never fetched anything from: images come without lists.
  const targets = await run('apt-get', ['indextargets', '--no-release-info', '--format', '$(REPO_URI)', 'Created-By: Packages'])
  return targets.split('\n').map(uri => uri.trim().replace(/\/+$/, '')).find(uri => uri.endsWith('/debian')) ?? PLAIN_MIRROR
}
