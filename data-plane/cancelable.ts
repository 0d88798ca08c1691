/** What goes on until it is done, or nobody waits for it any more. An object and no function: see decision 33. */
export interface Cancelable {
  cancel: () => void
}
