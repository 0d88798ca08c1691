import { parseOrder } from './arguments.ts'
import { compare, parseCompareOrder } from './compare/compare.ts'
import { measure } from './measure.ts'
import { latest, readResult, reportOf, writeReadme, writeReport } from './report/write.ts'
import { scenarios } from './scenarios/all.ts'

const say = (text: string): void => { process.stdout.write(`${text}\n`) }

/** `npm run bench`: [README.md](README.md) says what it can be told. */
async function run (args: string[]): Promise<void> {
  const [command = '', file = latest] = args
  switch (command) {
    case 'report': return await report(file)
    case 'readme': return await writeReadme()
    case 'compare': {
      const order = understood(() => parseCompareOrder(args.slice(1), scenarios))
      if (order !== null) await compare(order, say)
      return
    }
    default: {
      const order = understood(() => parseOrder(args, scenarios))
      if (order !== null) await measure(order, say)
    }
  }
}

/** The page of a run that was kept. */
async function report (json: string): Promise<void> {
  const result = await readResult(json)
  if (result === null) return refuse(`There is no ${json}`)
  await writeReport(result, reportOf(json))
  say(reportOf(json))
}

/** `null`: it cannot be done, which was said. */
function understood<Order> (parse: () => Order): Order | null {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    refuse(error.message)
    return null
  }
}

function refuse (why: string): void {
  process.stderr.write(`${why}.\n`)
  process.exitCode = 2
}

await run(process.argv.slice(2))
