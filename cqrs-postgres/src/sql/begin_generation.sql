-- Begins to build the next generation of a processor, and says its number, null when nobody knows the processor.
-- $1 text: the processor, $2 integer: its version, $3 integer: its number of partitions,
-- $4 bigint: the position after which it starts, null for now.
-- Indexes: processors_name, generations_number.
SELECT {schema}.begin_generation($1, $2, $3, $4)
