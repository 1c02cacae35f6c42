-- Renews and takes leases of a node.
-- $1 text: the node, $2 interval: the time of the leases, $3 text[] and $4 integer[]: the generations.
-- Indexes: generations_number, nodes_node, partitions_partition, parked_request.
SELECT place, state, share, is_asked, held_partitions, held_epochs, held_checkpoints
FROM {schema}.hold_leases($1, $2, $3, $4)
