-- Gives partitions back, locked in their order.
-- $1 text: the node, $2 text: the processor, $3 integer: the generation, $4 integer[]: the partitions.
-- Indexes: generations_number, partitions_partition.
WITH locked AS MATERIALIZED (
    SELECT p.generation, p.partition
    FROM {schema}.partitions p
    WHERE p.generation = (SELECT g.id FROM {schema}.generations g WHERE g.processor = $2 AND g.number = $3)
      AND p.partition = ANY ($4) AND p.owner = $1
    ORDER BY p.partition FOR NO KEY UPDATE
)
UPDATE {schema}.partitions p SET owner = NULL
FROM locked l
WHERE p.generation = l.generation AND p.partition = l.partition
