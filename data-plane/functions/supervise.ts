import type { Logger } from '#shared/log.ts'
import type { InstalledBundles } from '../bundles/install.ts'
import { ApartFunctions } from './apart.ts'
import { functionOf } from './blame.ts'
import { chooseConfinement, type Confinement } from './confinement.ts'
import { sandboxLimits } from './limits.ts'
import type { SandboxNews, SandboxPlacement } from './placement.ts'
import type { SandboxLimits } from './sandbox-process.ts'
import { Slot } from './slot.ts'
import { SandboxStock } from './stock.ts'

export interface SuperviseOptions {
  count: number
  /** For the sockets; must be short: the path of a Unix socket has at most 107 bytes. */
  runDir: string
  logger: Logger
  /** Called at every change. `news`: why it has changed, where calls in flight or owners of functions are concerned. */
  onPlacement: (placement: SandboxPlacement, news: SandboxNews | null) => void
  /** Where functions' outbound requests leave; `null` and by default: nowhere. */
  egressSocket?: string | null
  limits?: Partial<SandboxLimits>
  /** A sandbox for functions that run apart ends when none of them was called for so long. */
  apartIdleMs?: number
  bundles: Pick<InstalledBundles, 'scripts' | 'sandbox' | 'probe'>
  /** Found out now where it is not given. */
  confinement?: Confinement
  /** From then on one more stands by; it takes the processor from whoever starts meanwhile. Default: once the first ones listen. */
  calm?: Promise<unknown>
}

/** unix(7): the path of a socket has 107 bytes at most, less on some systems; this leaves room for `sandbox-<number>/socket`. */
const maxRunDirBytes = 76

export interface SandboxSupervisor {
  placement: () => SandboxPlacement
  /** Somebody has a call for a slot that sleeps. */
  want: (slot: number) => void
  close: () => Promise<void>
}

/**
 * Keeps `count` sandbox processes alive and replaces each that ends, by one that stands by. Functions that harm others get sandboxes
 * of their own beside them. Resolves when the first ones listen.
 * @throws where no sandbox can be started
 */
export async function superviseSandboxes (options: SuperviseOptions): Promise<SandboxSupervisor> {
  const { count, runDir, bundles, logger, onPlacement } = options
  if (Buffer.byteLength(runDir) > maxRunDirBytes) throw new Error(`Sandboxes do not start: the path of their sockets would be too long in ${runDir}`)
  const confinement = options.confinement ?? await chooseConfinement(bundles.probe, logger)

  const publish = (news: SandboxNews | null): void => onPlacement(placement(), news)
  const limits = { ...sandboxLimits, ...options.limits }
  const { maxResidentBytes, maxTurnMs, heavyTurnMs, maxHeavyMs } = limits
  const exceeded = { memory: { maxResidentBytes }, stall: { maxTurnMs }, crash: {} }
  const stock = new SandboxStock({
    runDir,
    bundles,
    egressSocket: options.egressSocket ?? null,
    confinement,
    logger,
    limits,
    onHeavy: key => {
      const functionId = functionOf(key)
      if (apart.add(functionId, 'it kept others waiting')) publish({ type: 'heavy', functionId, limits: { heavyTurnMs, maxHeavyMs } })
    },
    onEnd: (socket, { reason, culprit }) => {
      if (culprit !== null) apart.add(functionOf(culprit), `it ended a sandbox: ${reason}`)
      publish({ type: 'lost', socket, reason, culprit: culprit === null ? null : functionOf(culprit), limits: exceeded[reason] })
    }
  })
  const newSlot = (): Slot => new Slot(stock, () => publish(null))
  const shared = Array.from({ length: count }, newSlot)
  const apart = new ApartFunctions(count, newSlot, logger, options.apartIdleMs)
  const slots = (): Slot[] => [...shared, ...apart.slots]
  const placement = (): SandboxPlacement => ({ sockets: slots().map(slot => slot.socket), shared: count, apart: apart.placement() })

  const close = async (): Promise<void> => {
    apart.close()
    await Promise.all([stock.close(), ...slots().map(async slot => await slot.close())])
  }

  const filled = await Promise.all(shared.map(async slot => await slot.filled))
  if (filled.includes(false)) {
    await close()
    throw new Error('The sandboxes do not start')
  }
  void (options.calm ?? Promise.resolve()).then(() => stock.restock())
  logger.debug({ count }, 'sandboxes are ready')
  return { placement, want: slot => apart.slots[slot - count]?.wake(), close }
}
