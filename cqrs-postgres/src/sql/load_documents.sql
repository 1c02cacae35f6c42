-- Reads the documents of some keys.
-- $1 text: the processor, $2 integer: the generation, $3 text[]: the keys.
-- Indexes: generations_number, documents_key.
SELECT d.key, d.position, d.content
FROM {schema}.documents d
WHERE d.generation = (SELECT g.id FROM {schema}.generations g WHERE g.processor = $1 AND g.number = $2)
  AND d.key = ANY ($3)
