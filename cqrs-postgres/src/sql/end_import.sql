-- Closes the gate after an import, and moves the sequence of the positions behind it.
--
-- $1 the last position of the import
SELECT {schema}.end_import($1)
