-- Reads a page of parked events by rising position and key.
-- $1 text: the processor, $2 integer: the generation, $3 bigint and $4 text: after this position and key,
-- $5 bigint: most rows.
-- Indexes: generations_number, parked_position.
SELECT k.partition, k.key, k.position, k.attempts, k.error, k.retry_at, k.parked_at, k.request
FROM {schema}.parked k
WHERE k.generation = (SELECT g.id FROM {schema}.generations g WHERE g.processor = $1 AND g.number = $2)
  AND (k.position, k.key) > ($3, $4)
ORDER BY k.generation, k.position, k.key
LIMIT $5
