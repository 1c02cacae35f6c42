-- Finds the receipts of idempotency keys.
-- $1 text[]: the keys.
-- Index: receipts_key.
SELECT key, command, category, stream_key, version, position, reply, recorded_at
FROM {schema}.receipts
WHERE key = ANY ($1)
