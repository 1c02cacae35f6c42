-- Finds the receipt of an idempotency key.
-- $1 text: the key.
-- Index: receipts_key.
SELECT key, command, category, stream_key, version, position, reply, recorded_at
FROM {schema}.receipts
WHERE key = $1
