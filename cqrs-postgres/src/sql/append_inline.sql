-- Records an append inside of a transaction, and says what read models need to know to be written there.
-- $1 to $35 as in append_batch.sql, $36 uuid[]: the events, $37 text[] and $38 integer[]: generations, $39 text[]: the documents
-- that are read of them.
-- Indexes: those of append_batch.sql, documents_key, generations_number.
SELECT a.answer, f.positions, f.versions, f.recorded_at, f.found_places, f.found_positions, f.found_contents
FROM (
    SELECT {schema}.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                                 $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35) AS answer
    -- OFFSET keeps the planner from calling it for each use.
    OFFSET 0
) a
-- The second runs after the first, and sees what it has recorded.
CROSS JOIN LATERAL {schema}.inline_found(
    CASE WHEN a.answer::json ->> 'positions' IS NOT NULL THEN $36::uuid[] END, NULL, NULL, $37, $38, $39
) f
