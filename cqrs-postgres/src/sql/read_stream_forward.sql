-- Reads a page of one stream by rising versions.
-- $1 text: category, $2 text: key, $3 bigint: first version, $4 bigint: most rows.
-- Index: events_stream.
SELECT e.position, e.version, e.recorded_at, e.event_id, e.correlation_id, e.causation_id, e.schema_version,
       e.category, e.key, e.name, e.tags, e.metadata, e.payload
FROM {schema}.events e
WHERE e.category = $1 AND e.key = $2 AND e.version >= $3
ORDER BY e.version
LIMIT $4
