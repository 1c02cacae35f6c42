-- Makes a processor known, and says which kind it is known as.
-- $1 text: its name, $2 text: its kind, $3 integer: its version, $4 integer: its number of partitions,
-- $5 bigint: the position after which it starts, null for now, $6 boolean: whether it can be rebuilt,
-- $7 text: the place of its tables, null when it has none.
-- Indexes: processors_name, generations_number, events_position.
SELECT {schema}.declare_processor($1, $2, $3, $4, $5, $6, $7)
