-- Wakes the watches of other processes. Never called inside an append's transaction: it locks at commit.
-- $1 text: the channel, $2 text: who says it.
-- Nobody waits for the disk: a notification that a crash loses has nobody to hear it either.
SELECT pg_catalog.set_config('synchronous_commit', 'off', true), pg_catalog.pg_notify($1, $2)
