-- Finds the last migration that was taken, 0 for none.
-- Index: migrations_number.
SELECT COALESCE(max(m.number), 0) FROM {schema}.migrations m
