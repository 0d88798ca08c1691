import { parseArgs } from 'node:util'
import { ConfigError, passOnEnvironment, readConfig } from '#shared/config.ts'

const usage = `imprun: an API gateway that runs your functions

  imprun start [--no-sample]   control plane and data plane on this machine
  imprun control-plane         the admin API alone
  imprun data-plane            traffic alone; finds its control plane by IMPRUN_CONTROL_URL
  imprun data-plane:reload     replaces the processes of the data plane that runs here, without losing a request

Settings are environment variables; the README lists them.
`

/** The command line. Whatever cannot be done is said in one line on standard error, and the exit code is not 0. */
export async function run (args: string[]): Promise<void> {
  try {
    const { positionals, values } = parseArgs({
      args,
      allowPositionals: true,
      options: { 'no-sample': { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } }
    })
    if (values.help) {
      process.stdout.write(usage)
      return
    }
    await runCommand(positionals, { sample: !values['no-sample'] })
  } catch (error) {
    if (!isUsageError(error)) throw error
    process.stderr.write(`imprun: ${error.message}\n`)
    process.exitCode = 1
  }
}

async function runCommand (positionals: string[], options: { sample: boolean }): Promise<void> {
  const [command, ...rest] = positionals
  if (rest.length > 0) throw new ConfigError(`there is nothing to do with "${rest.join(' ')}"; see --help`)
  if (command === undefined) throw new ConfigError('a command is missing; see --help')
  switch (command) {
    // Each is loaded where it is wanted: a plane's start does not wait for the others.
    case 'start': {
      const { start } = await import('./start.ts')
      // Someone sits before it: the planes say what goes wrong, and functions what they log.
      return await start(readConfig(passOnEnvironment({ IMPRUN_LOG_LEVEL: 'warn' })), options)
    }
    // The planes are modules that run when they are loaded: the same files that start() forks.
    case 'control-plane': return void await import('./control-plane/main.ts')
    case 'data-plane': return void await import('./data-plane/main.ts')
    case 'data-plane:reload': {
      const { reloadDataPlane } = await import('./data-plane/reload.ts')
      return await reloadDataPlane(readConfig())
    }
    default: throw new ConfigError(`there is no command "${command}"; see --help`)
  }
}

function isUsageError (error: unknown): error is Error {
  return error instanceof ConfigError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
}
