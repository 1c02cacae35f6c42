-- Lets a processor come on, in one step.
-- $1 and $2 the generation, $3 text: the place of a user's transaction, $4 to $7 partitions, $8 to $10 documents that are not
-- there, $11 to $14 documents, $15 and $16 un-parked, $17 to $22 parked, $23 sent, $24 to $27 postponed, $28 and $29 cancelled,
-- $30 to $43 staged: all arrays, documented in migrations/0005_advance.sql.
-- Indexes: generations_number, partitions_partition, documents_key, parked_key, staged_id, staged_timer.
SELECT {schema}.advance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                        $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40,
                        $41, $42, $43)
