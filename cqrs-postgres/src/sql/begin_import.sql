-- Locks the whole log for an import, checks the streams that go on, and opens the gate for this transaction.
--
-- $1, $2 lock of the log; $3 categories, $4 keys, $5 versions of the streams that go on; $6 names of the events
-- Uses events_stream.
SELECT b.last_position, b.moment, b.wrong_stream, b.wrong_version, b.is_inline
FROM {schema}.begin_import($1, $2, $3, $4, $5, $6) b
