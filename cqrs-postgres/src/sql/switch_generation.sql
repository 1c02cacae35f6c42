-- Makes a generation the live one, if it has come far enough, and says whether it did.
-- $1 text: the processor, $2 integer: the generation, $3 bigint: how far it must have come.
-- Indexes: processors_name, generations_number, partitions_partition.
SELECT {schema}.switch_generation($1, $2, $3)
