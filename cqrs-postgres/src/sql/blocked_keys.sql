-- Finds the first parked event of each key, in some partitions: one index probe for each key.
-- $1 text: the processor, $2 integer: the generation, $3 integer[]: the partitions.
-- Indexes: generations_number, parked_key.
SELECT k.partition, k.key, k.position, k.attempts, k.error, k.retry_at, k.parked_at, k.request
FROM {schema}.generations g
CROSS JOIN LATERAL {schema}.first_parked(g.id, NULL) k
WHERE g.processor = $1 AND g.number = $2 AND k.partition = ANY ($3)
