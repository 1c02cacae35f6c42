-- Reads the documents of some keys.
-- $1 text: the processor, $2 integer: the generation, $3 text[]: the keys.
-- Each key is looked up on its own: `= ANY` is a filter over all documents of the generation in a plan that was made when
-- there were few.
-- Indexes: generations_number, documents_key.
SELECT d.key, d.position, d.content
FROM (SELECT g.id FROM {schema}.generations g WHERE g.processor = $1 AND g.number = $2) own
CROSS JOIN unnest($3::text[]) AS k(key)
CROSS JOIN LATERAL (
    SELECT * FROM {schema}.documents o WHERE o.generation = own.id AND o.key = k.key LIMIT 1
) d
