/** Of every answer of an environment that has the plugin: the number of the release that it was served under. */
export const releaseHeader = 'x-imprun-release'

/** Of every answer of an environment whose plugin asks for it: the revision of the store that the worker served. */
export const revisionHeader = 'x-imprun-revision'

/** Of an answer whose request was counted on one machine alone, where machines count together: `local`. */
export const limitsHeader = 'x-imprun-limits'
