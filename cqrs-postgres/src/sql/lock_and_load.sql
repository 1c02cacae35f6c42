-- Locks and reads documents inside of an append.
-- $1 and $2 integer[]: the locks, $3 text[] and $4 integer[]: generations, $5 text[]: keys of documents.
-- Indexes: documents_key, generations_number.
SELECT f.found_places, f.found_positions, f.found_contents
FROM {schema}.inline_found(NULL, $1, $2, $3, $4, $5) f
