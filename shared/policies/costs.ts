/** More than any request costs. */
export const maxCost = 1_000_000
