import type { Test } from 'tap'
import { systemClock, type Clock } from '#shared/clock.ts'
import { createLogger, type Logger } from '#shared/log.ts'
import type { QuotaAnswer, QuotaReport } from '#shared/quotas.ts'
import { openLedger, type Ledger } from '../../data-plane/quotas/ledger.ts'
import { createQuotas, type Quotas } from '../../data-plane/quotas/quotas.ts'
import { UplinkError } from '../../data-plane/uplink.ts'

export interface TestQuotas {
  quotas: Quotas
  ledger: Ledger
}

export interface TestQuotasOptions {
  file: string
  clock?: Clock
  logger?: Logger
  /** Default: when the test says so. */
  writeMs?: number
  syncMs?: number
  /** The control plane's; default: it cannot be reached. */
  answer?: (report: QuotaReport) => QuotaAnswer | Promise<QuotaAnswer>
}

/** As a supervisor has them, but told by the test when to write and to report. */
export function openTestQuotas (t: Pick<Test, 'teardown'>, { file, clock = systemClock, logger = createLogger('test', 'silent'), answer, writeMs = 3_600_000, syncMs = 3_600_000 }: TestQuotasOptions): TestQuotas {
  const ledger = openLedger(file)
  const post = async (_matter: string, body: unknown): Promise<unknown> => {
    if (answer === undefined) throw new UplinkError('unreachable', 'there is no control plane')
    return await answer(body as QuotaReport)
  }
  const quotas = createQuotas({ ledger, uplink: { post }, clock, logger, writeMs, syncMs })
  t.teardown(quotas.close)
  return { quotas, ledger }
}
