-- Records a batch of appends that touch nothing in common.
-- $1 to $3 locks, $4 to $7 streams, $8 to $19 events, $20 to $27 receipts, $28 to $34 conditions: all arrays, documented
-- in migrations/0003_append.sql; $35 boolean: whether event ids may be recorded already.
-- Indexes: events_stream, events_event_id, receipts_key, for conditions those of read_log_filtered.sql.
SELECT {schema}.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                           $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)
