-- Writes documents inside of an append.
-- $1 text: what the transaction said when it began, $2 text[] and $3 integer[]: generations, $4 text[]: keys, $5 bigint[]:
-- positions, $6 text[]: contents, null to delete.
-- Indexes: documents_key, generations_number.
SELECT {schema}.write_inline($1, $2, $3, $4, $5, $6)
