-- Records an append inside of a transaction, and says what read models need to know to be written there.
-- $1 to $36 as in append_batch.sql, $37 uuid[]: the events, $38 text[] and $39 integer[]: generations, $40 text[]: the documents
-- that are read of them.
-- Indexes: those of append_batch.sql, documents_key, generations_number.
SELECT a.refused_appends, a.refused_reasons, a.refused_streams, a.refused_numbers,
       a.recorded_streams, a.recorded_versions, a.recorded_positions,
       a.tail_streams, a.tail_versions, a.tail_positions, a.tail_times, a.tail_ids, a.tail_correlations, a.tail_causations,
       a.tail_schema_versions, a.tail_names, a.tail_tags, a.tail_metadatas, a.tail_payloads,
       f.positions, f.versions, f.recorded_at, f.found_places, f.found_positions, f.found_contents
FROM {schema}.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                           $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36) a
-- The second runs after the first, and sees what it has recorded.
CROSS JOIN LATERAL {schema}.inline_found(
    CASE WHEN a.recorded_streams IS NOT NULL THEN $37::uuid[] END, NULL, NULL, $38, $39, $40
) f
