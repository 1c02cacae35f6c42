-- Finds the snapshot of a stream, and reads a part of the events after its version, of each only what folding needs. One that other
-- code has taken is found, but the events begin with the first. The snapshot's row has the events' columns, with its state as the
-- payload, and is the one with a last column: fingerprint, time, event id, and the id and position of the event that the
-- stream has at its version, if it has one; each as the protocol's binary format writes it, one after the other.
-- $1 text: category, $2 text: key, $3 bigint: no later version, $4 bigint: the fingerprint, $5 bigint: most rows of events.
-- Index: snapshots_stream, events_stream.
WITH kept AS MATERIALIZED (
    SELECT category, key, version, position, fingerprint, taken_at, state, event_id
    FROM {schema}.snapshots
    WHERE category = $1 AND key = $2 AND version <= $3
)
SELECT k.version, k.position, 0, '', k.state,
       int8send(k.fingerprint) || timestamptz_send(k.taken_at) || uuid_send(k.event_id)
           || coalesce((SELECT uuid_send(a.event_id) || int8send(a.position) FROM {schema}.events a
                        WHERE a.category = $1 AND a.key = $2 AND a.version = k.version), '')
FROM kept k
UNION ALL
(
    SELECT e.version, e.position, e.schema_version, e.name, e.payload, NULL::bytea
    FROM {schema}.events e
    WHERE e.category = $1 AND e.key = $2 AND e.version <= $3
      AND e.version > coalesce((SELECT k.version FROM kept k WHERE k.fingerprint = $4), 0)
    ORDER BY e.version
    LIMIT $5
)
