-- Makes a generation inline, if it has seen everything, and says whether it is.
-- $1 text: the processor, $2 integer: the generation, $3 text[]: names of events, $4 to $6: their locks, $7 bigint: how many
-- milliseconds to wait at most for what is left.
-- Indexes: processors_name, generations_number, partitions_partition, events_name, parked_key.
SELECT {schema}.go_inline($1, $2, $3, $4, $5, $6, $7 * interval '1 millisecond')
