-- Wakes the watches of other processes. Never called inside an append's transaction: it locks at commit.
-- $1 text: the channel, $2 text: who says it.
SELECT pg_catalog.pg_notify($1, $2)
