-- Reads a page of documents by rising key, and the state of their generation: one row at least, if there is such.
-- $1 text: the processor, $2 integer: the generation, $3 text: keys from here, $4 text: keys below this,
-- $5 bigint: most rows. A range in the order of bytes, never LIKE, whose pattern a generic plan knows nothing of.
-- Indexes: generations_number, documents_key.
SELECT g.state, d.key, d.position, d.content
FROM {schema}.generations g
LEFT JOIN LATERAL (
    SELECT o.key, o.position, o.content
    FROM {schema}.documents o
    WHERE o.generation = g.id AND o.key >= $3 AND o.key < $4
    ORDER BY o.generation, o.key
    LIMIT $5
) d ON true
WHERE g.processor = $1 AND g.number = $2
ORDER BY d.key
