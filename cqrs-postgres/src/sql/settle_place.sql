-- Shows what a user has prepared for a generation, where it is the live one, and says whether it is still there.
-- $1 text: the processor, $2 integer: the generation, $3 text: the place in which the transaction began.
-- Indexes: processors_name, generations_number.
SELECT {schema}.settle_place($1, $2, $3)
