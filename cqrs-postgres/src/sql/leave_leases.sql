-- Gives back all that a node has, and forgets it.
-- $1 text: the node.
-- Indexes: none to find its rows, which are few and looked for once in its life; then those of hold_leases.sql.
SELECT {schema}.leave_leases($1)
