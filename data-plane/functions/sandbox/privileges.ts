/**
 * Gives up being root, for ever: files and the socket are open by now, and tenant code has not run.
 * @throws where the system does not allow it; the process must not go on then
 */
export function dropPrivileges (user: number): void {
  process.setgroups?.([])
  process.setgid?.(user)
  process.setuid?.(user)
  if (process.getuid?.() !== user || process.getgid?.() !== user) throw new Error('The process is still privileged')
}
