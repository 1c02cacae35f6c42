-- Finds the snapshot of a stream.
-- $1 text: the category, $2 text: the key, $3 bigint: none of a later version.
-- Index: snapshots_stream.
SELECT category, key, version, position, fingerprint, taken_at, state, event_id
FROM {schema}.snapshots
WHERE category = $1 AND key = $2 AND version <= $3
