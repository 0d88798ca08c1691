/**
 * The uplink: what a data plane asks of a control plane, or tells it, beside following the feed.
 *
 *     POST /v1/data-plane/<matter>     application/json both ways
 *     Authorization: Bearer <data-plane token>
 *
 * Each request stands by itself, so any control plane that shares the store can answer it. An answer that is no success is
 * `application/problem+json`, as everywhere.
 */
export const uplinkPrefix = '/v1/data-plane'
