-- Finds the generations of a processor that are not retired.
-- $1 text: the processor.
-- Indexes: processors_name, generations_number.
SELECT g.processor, g.number, p.kind, g.version, g.partitions, g.state, g.began_at, g.start
FROM {schema}.processors p
JOIN {schema}.generations g ON g.processor = p.name
WHERE p.name = $1 AND g.state <> 'retired'
