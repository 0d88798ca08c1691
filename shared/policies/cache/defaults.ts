/** Of what one environment keeps, in each worker. */
export const standardMaxBytes = 8 * 1024 * 1024
/** Of one answer. */
export const standardMaxEntryBytes = 1024 * 1024
