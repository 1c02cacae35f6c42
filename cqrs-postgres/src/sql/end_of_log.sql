-- Reads up to where positions were drawn.
SELECT {schema}.end_of_log()
