-- Reads a part of one stream by rising versions, and of each event only what folding needs.
-- $1 text: category, $2 text: key, $3 bigint: first version, $4 bigint: last version, $5 bigint: most rows.
-- Index: events_stream.
SELECT e.version, e.position, e.schema_version, e.name, e.payload
FROM {schema}.events e
WHERE e.category = $1 AND e.key = $2 AND e.version >= $3 AND e.version <= $4
ORDER BY e.version
LIMIT $5
