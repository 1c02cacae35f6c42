-- Remembers that a migration was taken.
-- $1 integer: its number, $2 text: its name.
INSERT INTO {schema}.migrations (number, name) VALUES ($1, $2)
