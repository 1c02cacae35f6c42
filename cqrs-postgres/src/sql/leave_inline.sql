-- Leaves an inline generation that reads events of some names to the runners, and says whether there was one.
-- $1 text[]: the names.
-- Indexes: generations_inline.
SELECT {schema}.leave_inline($1)
