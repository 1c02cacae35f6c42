-- Records an append inside of a transaction, and says what read models need to know to be written there.
-- $1 to $36 as in append_batch.sql, $37 uuid[]: the events, $38 text[] and $39 integer[]: generations, $40 text[]: the documents
-- that are read of them.
-- Indexes: those of append_batch.sql, documents_key, generations_number.
SELECT a.answer, f.positions, f.versions, f.recorded_at, f.found_places, f.found_positions, f.found_contents
FROM (
    SELECT {schema}.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                                 $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36) AS answer
    -- OFFSET keeps the planner from calling it for each use.
    OFFSET 0
) a
-- The second runs after the first, and sees what it has recorded.
CROSS JOIN LATERAL {schema}.inline_found(
    CASE WHEN a.answer::json ->> 'streams' IS NOT NULL THEN $37::uuid[] END, NULL, NULL, $38, $39, $40
) f
