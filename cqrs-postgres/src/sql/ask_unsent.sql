-- Asks for something to be done with a staged command that could not be sent, or with all of them.
-- $1 text: the processor, $2 integer: the generation, $3 uuid: the command or null, $4 text: what is asked for,
-- $5 timestamptz: when it is due.
-- Indexes: generations_number, partitions_partition, staged_unsent.
SELECT {schema}.ask_unsent($1, $2, $3, $4, $5)
