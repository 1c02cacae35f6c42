-- Finds up to where the log is settled, and the last position that was drawn.
-- Index: none. It reads the sequence and the server's lock table.
SELECT settled, head FROM {schema}.settled_position()
