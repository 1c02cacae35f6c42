-- Forgets receipts.
-- $1 timestamptz: those that were recorded before this moment.
-- Index: none. It is called rarely, and an index would cost every append with a receipt.
DELETE FROM {schema}.receipts
WHERE recorded_at < $1
