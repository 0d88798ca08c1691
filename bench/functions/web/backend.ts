/** Where the one that fetches does so: each copy of these files that is run has the address in the place of this one. */
export const backend: string = 'http://127.0.0.1:9/'
