-- Reads one document, how far its partition is, and what is parked first of its key: all as of one moment.
-- $1 text: the processor, $2 integer: the generation, $3 integer: the partition, $4 text: the key.
-- Indexes: generations_number, partitions_partition, documents_key, parked_key.
SELECT g.state, p.checkpoint, d.position, d.content,
       k.partition, k.key, k.position, k.attempts, k.error, k.retry_at, k.parked_at, k.request
FROM {schema}.generations g
LEFT JOIN {schema}.partitions p ON p.generation = g.id AND p.partition = $3
LEFT JOIN {schema}.documents d ON d.generation = g.id AND d.key = $4
LEFT JOIN LATERAL (
    SELECT * FROM {schema}.parked o WHERE o.generation = g.id AND o.key = $4
    ORDER BY o.generation, o.key, o.position LIMIT 1
) k ON true
WHERE g.processor = $1 AND g.number = $2
