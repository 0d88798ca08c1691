import type { ClientBase, Pool } from 'pg'

/** Made with the template, so that each run has it. */
export const TABLE = 'CREATE TABLE imprun_done (session text, number bigint, reply bytea, PRIMARY KEY (session, number))'

/**
 * Notes, in the PostgreSQL transaction of what is to be remembered, that it has happened: MongoDB, too, keeps retryable writes and commits
 * with what they wrote, so that a retry after a crash meets the truth.
 * @param reply of a retryable write; `null` of a transaction
 */
export async function remember (client: ClientBase, session: string, number: bigint, reply: Buffer | null): Promise<void> {
  await client.query('INSERT INTO imprun_done VALUES ($1, $2, $3)', [session, number, reply])
}

/** @returns `undefined`: it has not happened */
export async function recall (pool: Pool, session: string, number: bigint): Promise<Buffer | null | undefined> {
  const { rows } = await pool.query<{ reply: Buffer | null }>('SELECT reply FROM imprun_done WHERE session = $1 AND number = $2', [session, number])
  return rows[0]?.reply
}
