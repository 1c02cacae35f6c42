-- Drops snapshots.
-- $1 text: the category, $2 text: the key, or null for all.
-- Index: snapshots_stream.
DELETE FROM {schema}.snapshots
WHERE category = $1 AND ($2::text IS NULL OR key = $2)
