-- Finds the snapshot of a stream, and reads a page of the events from its version on. One that other code has taken is found, but
-- the page begins with the first event. The snapshot's row has the events' columns, with its state as the payload, and is the one
-- with a fingerprint.
-- $1 text: category, $2 text: key, $3 bigint: no snapshot of a later version, $4 bigint: the fingerprint, $5 bigint: most rows
-- of events.
-- Index: snapshots_stream, events_stream.
WITH kept AS MATERIALIZED (
    SELECT category, key, version, position, fingerprint, taken_at, state, event_id
    FROM {schema}.snapshots
    WHERE category = $1 AND key = $2 AND version <= $3
)
SELECT k.position, k.version, k.taken_at, k.event_id, NULL::uuid, NULL::uuid, 0,
       k.category, k.key, '', NULL::text[], NULL::json, k.state, k.fingerprint
FROM kept k
UNION ALL
(
    SELECT e.position, e.version, e.recorded_at, e.event_id, e.correlation_id, e.causation_id, e.schema_version,
           e.category, e.key, e.name, e.tags, e.metadata, e.payload, NULL::bigint
    FROM {schema}.events e
    WHERE e.category = $1 AND e.key = $2
      AND e.version >= coalesce((SELECT k.version FROM kept k WHERE k.fingerprint = $4), 1)
    ORDER BY e.version
    LIMIT $5
)
