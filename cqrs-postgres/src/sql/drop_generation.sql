-- Forgets a retired generation or a part of it, and says whether there was one and whether it is gone.
-- $1 text: the processor, $2 integer: the generation, $3 bigint: most documents to delete in this call.
-- Indexes: processors_name, generations_number, partitions_partition, documents_key, parked_key, staged_id.
SELECT was_there, is_gone FROM {schema}.drop_generation($1, $2, $3)
