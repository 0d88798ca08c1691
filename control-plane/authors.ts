/** Whoever has the admin token, which is one for all. */
export const administrator = 'admin'
