-- Reads a page of a category's snapshots by rising key.
-- $1 text: the category, $2 text: after this key, which is empty for all, $3 bigint: most rows.
-- Index: snapshots_stream.
SELECT category, key, version, position, fingerprint, taken_at, state, event_id
FROM {schema}.snapshots
WHERE category = $1 AND key > $2
ORDER BY category, key
LIMIT $3
