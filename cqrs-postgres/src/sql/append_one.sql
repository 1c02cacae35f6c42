-- Records one event alone, without tags, condition and receipt, or says why not.
-- $1 to $9 locks, $10 to $12 stream, $13 to $19 event: documented in migrations/0010_append_one.sql.
-- Indexes: events_stream, where it is not recorded those of append_batch.sql.
SELECT {schema}.append_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
