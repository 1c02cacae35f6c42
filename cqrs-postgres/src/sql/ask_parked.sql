-- Asks for something to be done with the parked events of a key, or of all keys.
-- $1 text: the processor, $2 integer: the generation, $3 text: the key or null, $4 text: what is asked for.
-- Indexes: generations_number, partitions_partition, parked_key.
SELECT {schema}.ask_parked($1, $2, $3, $4)
