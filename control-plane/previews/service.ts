import type { Clock } from '#shared/clock.ts'
import { Problem } from '#shared/errors.ts'
import type { Precondition } from '../conditional.ts'
import { requireEnvironment } from '../existing.ts'
import { invalidField } from '../field-errors.ts'
import { applyPatch, type Patch } from '../patch.ts'
import { madeOrGone, untilUncontended } from '../retry.ts'
import type { Environment, Preview } from '../store/documents.ts'
import { StoreError, type EnvironmentRef, type Page, type PageRequest, type Store } from '../store/store.ts'
import { compileCheck } from '../validation.ts'
import { maxPreviewSeconds } from './limits.ts'
import { previewDraft, previewEtag, type PreviewDraft, type ReleasedPreview } from './schema.ts'

const checkDraft = compileCheck(previewDraft)

/** The rules of previews that are there; they are made with a release. */
export class PreviewService {
  readonly #store: Store
  readonly #clock: Clock

  constructor ({ store, clock }: { store: Store, clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  /** In the order in which they were made. */
  async list (ref: EnvironmentRef, { limit, after }: PageRequest): Promise<Page<ReleasedPreview>> {
    const { previews } = await requireEnvironment(this.#store, ref)
    const rest = previews.filter(({ release }) => after === null || release > Number(after))
    const items: ReleasedPreview[] = []
    for (const preview of rest.slice(0, limit)) {
      const release = await this.#store.getRelease(ref, preview.release)
      // Ended since the environment was read.
      if (release !== null) items.push({ preview, release })
    }
    return { items, next: rest.length > limit ? String(rest[limit - 1]!.release) : null }
  }

  async get (ref: EnvironmentRef, number: number): Promise<ReleasedPreview> {
    return await untilUncontended(async () => await this.#find(await requireEnvironment(this.#store, ref), number))
  }

  /** Lets it expire at another time. */
  async patch (ref: EnvironmentRef, number: number, patch: Patch, precondition: Precondition): Promise<ReleasedPreview & { revision: number }> {
    return await this.#change(ref, number, precondition, ({ preview }) => {
      const { expiresAt } = applyPatch<PreviewDraft>({ expiresAt: preview.expiresAt }, patch, checkDraft)
      const time = Date.parse(expiresAt.toUpperCase())
      const now = this.#clock.now()
      if (time <= now || time > now + (maxPreviewSeconds * 1_000)) throw invalidField('/expiresAt', 'must be in the future, and at most 30 days from now')
      return { ...preview, expiresAt: new Date(time).toISOString() }
    })
  }

  /** Its release goes with it. @returns the revision */
  async delete (ref: EnvironmentRef, number: number, precondition: Precondition): Promise<number> {
    const { revision } = await this.#change(ref, number, precondition, () => null)
    return revision
  }

  /** @param decide what it is then; `null`: no more */
  async #change (
    ref: EnvironmentRef, number: number, precondition: Precondition, decide: (current: ReleasedPreview) => Preview | null
  ): Promise<ReleasedPreview & { revision: number }> {
    return await untilUncontended(async () => {
      const environment = await requireEnvironment(this.#store, ref)
      const current = await this.#find(environment, number)
      precondition.check(previewEtag(current))
      const preview = decide(current)
      const { release, canary, lastCanary, revision } = environment
      const previews = environment.previews.flatMap(other => other.release === number ? preview ?? [] : other)
      const changed = await madeOrGone(() => this.#store.replaceServing(ref, { release, canary, lastCanary, previews }, revision))
      return { release: current.release, preview: preview ?? current.preview, revision: changed.revision }
    })
  }

  async #find ({ gatewayId, name, previews }: Environment, number: number): Promise<ReleasedPreview> {
    const preview = previews.find(({ release }) => release === number)
    if (preview === undefined) throw new Problem('preview_not_found')
    const release = await this.#store.getRelease({ gatewayId, environment: name }, number)
    if (release === null) throw new StoreError('revision_mismatch', `Preview ${number} of ${gatewayId}-${name} has ended`)
    return { preview, release }
  }
}
